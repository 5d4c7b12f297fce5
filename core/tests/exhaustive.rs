//! The arithmetic of headers and of a message's frames, for every value there is. It includes the crate's own files, since
//! what they hold is private.
//!
//! The quick test strides through the words; `.ci/exhaustive` takes all 2^32 of them.

#![allow(dead_code, unreachable_pub, reason = "the files are included for what is tested here")]

use core::ops::Range;

use bowline_core::Violation;

#[path = "../src/frame.rs"]
mod frame;
#[path = "../src/gate.rs"]
mod gate;
#[path = "../src/layout.rs"]
mod layout;

use frame::Header;
use gate::Gate;
use layout::{Layout, Run};

const LIMITS: [u32; 4] = [0, 65_535, 1 << 20, 0x7FFF_FFFF];

// Mutants: decode takes one kind too many; a length spills into the kind; a legal length is one off.
#[test]
fn a_dense_choice_of_words_is_read_as_the_table_says() {
    // Odd, so that every length and every kind is met, each with many of the others.
    (0..1 << 32).step_by(4_093).for_each(check_word);
    // All kinds with the lengths at every edge.
    for kind in 0..=0xFF_u64 {
        let edges =
            [0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 63, 64, 65, 65_535, 65_536, 65_537, 1 << 20, 0xFF_FFFF];
        for edge in edges {
            (edge..=0xFF_FFFF).take(3).for_each(|length| check_word(kind << 24 | length));
        }
    }
}

#[test]
#[ignore = "takes a minute without optimisation: .ci/exhaustive"]
fn every_word_is_read_as_the_table_says() {
    let quarter = 1_u64 << 30;
    std::thread::scope(|scope| {
        for part in 0..4 {
            scope.spawn(move || (part * quarter..(part + 1) * quarter).for_each(check_word));
        }
    });
    println!("{} words", 4 * quarter);
}

fn check_word(word: u64) {
    let word = u32::try_from(word).expect("32 bits");
    let (kind, length) = (word >> 24, word & 0xFF_FFFF);
    let bytes = word.to_le_bytes();
    let header = match Header::decode(bytes) {
        Ok(header) => header,
        Err(violation) => {
            assert!((0x0B..0x80).contains(&kind) && violation == Violation::UnknownKind, "{word:#x}");
            return;
        }
    };
    assert!(!(0x0B..0x80).contains(&kind), "{word:#x} is known");
    assert!(header.encode() == bytes && header.length() == length, "{word:#x}");
    assert!(u32::from(header.kind().byte()) == kind && Header::new(header.kind(), length) == header);
    for limit in LIMITS {
        assert_eq!(header.check_length(limit).err(), wrong_length(kind, length, limit), "{word:#x}, {limit}");
    }
}

/// Sections 1 and 4 of PROTOCOL.md.
fn wrong_length(kind: u32, length: u32, limit: u32) -> Option<Violation> {
    let (legal, code) = match kind {
        0x00 => (length <= limit, Violation::TooLong),
        0x01 | 0x02 => ((16..=64).contains(&length), Violation::BadLength),
        0x03 => ((2..=64).contains(&length), Violation::BadLength),
        0x04 => (length == 4, Violation::BadLength),
        0x05 => (length >= 1, Violation::BadLength),
        0x06 => (length == 0, Violation::BadLength),
        0x07..=0x0A => (length == 8, Violation::BadLength),
        _ => (length <= 65_536, Violation::TooLong),
    };
    (!legal).then_some(code)
}

// Mutant: any line of the gate the other way round.
#[test]
fn every_kind_is_admitted_where_the_table_says() {
    for byte in (0..=0x0A_u8).chain(0x80..=0xFF) {
        let kind = Header::decode([0, 0, 0, byte]).expect("a known kind").kind();
        for announced in [false, true] {
            assert_eq!(Gate::Hello.admit(kind, announced).is_ok(), matches!(byte, 0x01 | 0x03));
            assert_eq!(Gate::Welcome.admit(kind, announced).is_ok(), matches!(byte, 0x02 | 0x03));
            assert_eq!(Gate::Silence.admit(kind, announced).is_ok(), byte == 0x03);
            for (awaits_ack, peer_left) in [(false, false), (false, true), (true, false), (true, true)] {
                let admitted = match byte {
                    0x00 | 0x04 | 0x09 => !announced && !peer_left,
                    0x01 | 0x02 => false,
                    0x05 | 0x06 => announced,
                    0x0A => awaits_ack,
                    _ => true,
                };
                let gate = Gate::Open { awaits_ack, peer_left };
                let expected = if admitted { Ok(()) } else { Err(Violation::Unexpected) };
                assert_eq!(gate.admit(kind, announced), expected, "{byte:#x}, {announced}, {gate:?}");
            }
        }
    }
}

/// One byte of a message on the wire: which part it belongs to and where in that part.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Head(usize),
    FullWord(usize),
    LastWord(usize),
    Payload(usize),
}

/// A message written out byte by byte, with the positions where its frames end.
fn written_out(length: usize, chunk: usize) -> (Vec<Place>, Vec<usize>) {
    let whole = length <= chunk || chunk == 0;
    let mut places: Vec<_> = (0..if whole { 4 } else { 8 }).map(Place::Head).collect();
    let mut ends = Vec::new();
    if whole {
        places.extend((0..length).map(Place::Payload));
    } else {
        ends.push(8);
        for start in (0..length).step_by(chunk) {
            let size = chunk.min(length - start);
            places.extend((0..4).map(if size == chunk { Place::FullWord } else { Place::LastWord }));
            places.extend((start..start + size).map(Place::Payload));
            ends.push(places.len());
        }
        ends.pop();
    }
    ends.push(places.len());
    (places, ends)
}

// Mutants: any operator of the layout; the last word of a message whose chunks are all full.
#[test]
fn every_position_of_every_small_message_is_where_it_is_when_written_out() {
    for (length, chunk) in (0..=40_usize).flat_map(|length| (0..=42).map(move |chunk| (length, chunk))) {
        let layout = layout(length, chunk);
        let (places, ends) = written_out(length, chunk);
        assert_eq!(layout.total(), places.len() as u64, "{layout:?}");
        assert_eq!(layout.is_chunked(), ends.len() > 1, "{layout:?}");
        for position in 0..=places.len() {
            check_position(layout, &places, &ends, position);
        }
        check_words(layout, length, chunk);
    }
}

fn layout(length: usize, chunk: usize) -> Layout {
    let [length, chunk] = [length, chunk].map(|number| u32::try_from(number).expect("small"));
    if chunk == 0 { Layout::whole(length) } else { Layout::chunked(length, chunk) }
}

fn check_position(layout: Layout, places: &[Place], ends: &[usize], position: usize) {
    let at = position as u64;
    assert_eq!(layout.is_boundary(at), position == 0 || ends.contains(&position), "{layout:?} at {at}");
    let frame_end = ends.iter().copied().find(|&end| end > position);
    // An abort may take the place of the last frame as long as it has not begun.
    let last_begins = ends.iter().rev().nth(1).copied();
    let can_abort = last_begins.is_some_and(|begins| position <= begins);
    assert_eq!(layout.can_abort(at), can_abort, "{layout:?} at {at}");
    let Some(frame_end) = frame_end else { return };
    assert_eq!(layout.frame_end(at), frame_end as u64, "{layout:?} at {at}");
    let run: Vec<_> = match layout.run(at) {
        Run::Head(range) => range.map(Place::Head).collect(),
        Run::FullWord(range) => range.map(Place::FullWord).collect(),
        Run::LastWord(range) => range.map(Place::LastWord).collect(),
        Run::Payload(range) => range.map(Place::Payload).collect(),
    };
    let expected: Vec<_> =
        places[position..frame_end].iter().copied().take_while(same_part(places[position])).collect();
    assert_eq!(run, expected, "{layout:?} at {at}");
}

fn same_part(first: Place) -> impl Fn(&Place) -> bool {
    move |place| core::mem::discriminant(place) == core::mem::discriminant(&first)
}

fn check_words(layout: Layout, length: usize, chunk: usize) {
    let word = |kind: u32, length: usize| (kind << 24 | u32::try_from(length).expect("small")).to_le_bytes();
    let head = layout.head(false);
    if layout.is_chunked() {
        assert_eq!(head[..4], word(4, 4));
        assert_eq!(head[4..], word(0, length));
        if !length.is_multiple_of(chunk) {
            assert_eq!(layout.last_word(), word(5, length % chunk));
        }
    } else {
        assert_eq!(head[..4], word(0, length));
        assert_eq!(layout.head(true)[..4], word(0, length));
    }
}

// Mutants: a plain length is cut to 24 bits; the arithmetic is 32 bits wide.
#[test]
fn the_largest_messages_are_laid_out_as_well() {
    let most = 0x7FFF_FFFF_u32;
    assert_eq!(Layout::whole(most).head(true)[..4], most.to_le_bytes());
    assert_eq!(Layout::whole(most).total(), u64::from(most) + 4);
    for chunk in [1_u32, 65_536, 1 << 20] {
        let layout = Layout::chunked(most, chunk);
        let chunks = u64::from(most.div_ceil(chunk));
        assert_eq!(layout.total(), 8 + 4 * chunks + u64::from(most));
        let last: Range<u64> = 8 + (chunks - 1) * (4 + u64::from(chunk))..layout.total();
        assert!(layout.is_boundary(last.start) && layout.can_abort(last.start));
        assert!(!layout.is_boundary(last.start + 1) && !layout.can_abort(last.start + 1));
        assert_eq!(layout.frame_end(last.start), last.end);
        let end = usize::try_from(most).expect("64 bits");
        assert_eq!(layout.run(last.end - 1), Run::Payload(end - 1..end));
    }
}
