//! What a queued message costs beside its payload, and what a message in passing costs.

use bowline_core::{Config, Instant, MESSAGE_OVERHEAD};
use bytes::Bytes;

use crate::counter::{calls, held};
use crate::{open_client, open_server, word};

/// What an allocator adds to a block: a header, and rounding up.
const BLOCK: usize = 16;

/// Lengths just after a queue has doubled, and full ones.
const COUNTS: [usize; 6] = [10, 1000, 1024, 1500, 4096, 5000];

fn plenty() -> Config {
    Config::new().queue_messages(usize::MAX).queue_bytes(usize::MAX)
}

/// What one of `count` messages of `length` bytes costs beside its payload, if all cost `bytes`.
fn overhead(bytes: isize, count: usize, length: usize) -> usize {
    let block = if length > 0 { BLOCK } else { 0 };
    usize::try_from(bytes).unwrap_or(0).div_ceil(count) + block - length
}

#[test]
fn the_charge_covers_a_received_message() {
    for (count, length) in COUNTS.into_iter().flat_map(|count| [(count, 0), (count, 1), (count, 100)]) {
        let frame = [&word(0, u32::try_from(length).expect("short"))[..], &vec![7; length]].concat();
        let mut server = open_server(plenty());
        let before = held();
        for _ in 0..count {
            server.receive(Instant::default(), &frame);
            server.read().expect("room");
        }
        let cost = overhead(held() - before, count, length);
        assert_eq!(server.unread(), count);
        assert!(cost <= MESSAGE_OVERHEAD, "{cost} for one of {count} of {length} bytes");
    }
}

#[test]
fn the_charge_covers_a_queued_write() {
    for (count, length) in COUNTS.into_iter().flat_map(|count| [(count, 0), (count, 1), (count, 100)]) {
        let mut client = open_client(plenty());
        let before = held();
        for _ in 0..count {
            client.write(Bytes::from(vec![7; length])).expect("an open connection");
        }
        let cost = overhead(held() - before, count, length);
        assert!(cost <= MESSAGE_OVERHEAD, "{cost} for one of {count} of {length} bytes");
    }
}

// Mutant: a payload is copied once more when it is complete.
#[test]
fn a_small_message_in_passing_allocates_its_payload_and_nothing_else() {
    let (mut client, mut server) = (open_client(plenty()), open_server(plenty()));
    let greeting = pump(&mut client, |_| ());
    let mut pass = |count: usize| {
        let payload = Bytes::from_static(&[7; 64]);
        let before = calls();
        for _ in 0..count {
            let write = client.write(payload.clone()).expect("an open connection");
            let read = server.read().expect("room");
            pump(&mut client, |bytes| _ = server.receive(Instant::default(), bytes));
            assert!(client.take_write(write).is_some());
            assert!(server.take(read).is_ok_and(|message| message.is_some_and(|message| message == payload)));
        }
        calls() - before
    };
    pass(10);
    assert_eq!((greeting, pass(1000)), (20, 1000));
}

/// Sends what there is, slice by slice.
fn pump(end: &mut bowline_core::Connection<bowline_core::Heap>, mut take: impl FnMut(&[u8])) -> usize {
    let mut slices: [&[u8]; 4] = [&[]; 4];
    let filled = end.transmit(&mut slices);
    slices[..filled].iter().for_each(|slice| take(slice));
    let sent = slices[..filled].iter().map(|slice| slice.len()).sum();
    end.transmitted(sent);
    sent
}
