//! Every valid frame in every state that it may come in, and a stream that ends after each of its bytes.

use bowline_core::frame::{Header, Kind};
use bowline_core::{CloseReason, Config, Connection, Instant, Violation};

use super::{FRAMES, bytes, cases};
use crate::kit::wire::{BEGIN, HELLO, PONG, WELCOME, begin, frames, goodbye, greeting, output};
use crate::kit::{Memory, on_both};

const NOW: fn() -> Instant = Instant::default;

struct Case<'a> {
    name: &'a str,
    sender: &'a str,
    state: &'a str,
    bytes: Vec<u8>,
    kind: &'a str,
    fields: &'a str,
}

/// A case for each sender and state that a line stands for.
fn all<M: Memory>() -> Vec<Case<'static>> {
    let lines = cases(FRAMES).into_iter().flat_map(|line| {
        let [name, from, bytes, meaning] = line[..] else { panic!("{line:?}") };
        let (sender, state) = from.split_once(' ').unwrap();
        let (kind, fields) = meaning.split_once(' ').unwrap_or((meaning, ""));
        let senders = if sender == "either" { vec!["client", "server"] } else { vec![sender] };
        let states =
            if state == "any" { vec!["opening", "idle", "announced", "goodbye"] } else { vec![state] };
        senders.into_iter().flat_map(move |sender| {
            let case = move |&state| (name, sender, state, super::bytes(bytes), kind, fields);
            states.iter().map(case).collect::<Vec<_>>()
        })
    });
    let cases = lines.map(|(name, sender, state, bytes, kind, fields)| Case {
        name,
        sender,
        state,
        bytes,
        kind,
        fields,
    });
    cases.filter(Case::fits::<M>).collect()
}

/// The length that is announced in the state `announced`.
fn total<M: Memory>() -> usize {
    usize::try_from(M::MESSAGE_LIMIT).unwrap().min(100_000)
}

impl Case<'_> {
    /// Whether this memory can hold what the frame carries or announces.
    fn fits<M: Memory>(&self) -> bool {
        let limit = usize::try_from(M::MESSAGE_LIMIT).unwrap();
        let announced = self.number("total").map_or(0, |total| usize::try_from(total).unwrap());
        self.kind == "skippable" || self.bytes.len().max(announced) <= limit
    }

    fn field(&self, name: &str) -> Option<&str> {
        let from = self.fields.split(&format!("{name}=")).nth(1)?;
        Some(if name == "text" { from } else { from.split(' ').next().unwrap_or("") })
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.field(name).map(|number| match number.strip_prefix("0x") {
            Some(hex) => u64::from_str_radix(hex, 16).unwrap(),
            None => number.parse().unwrap(),
        })
    }

    /// The frame's receiver, in the state in which the frame comes.
    fn receiver<M: Memory>(&self) -> Connection<M> {
        let config = Config::new().chunk_size(64);
        let mut end = match self.sender {
            "client" => Connection::server(config, NOW()),
            _ => Connection::client(config, NOW()),
        };
        if self.state != "opening" {
            end.receive(NOW(), &greeting(if self.sender == "client" { HELLO } else { WELCOME }, 1 << 20, 0));
            end.accept(NOW());
            output(&mut end);
            self.prepare(&mut end);
        }
        end
    }

    fn prepare<M: Memory>(&self, end: &mut Connection<M>) {
        let count = self.number("count").filter(|&count| count < 100).unwrap_or(0);
        for _ in 0..count {
            match self.kind {
                "goodbye" => _ = end.receive(NOW(), &[0; 4]),
                _ => _ = end.write(M::payload(b"x")).unwrap(),
            }
        }
        if self.kind == "goodbye-ack" {
            end.close(NOW(), core::time::Duration::from_secs(5));
        }
        match self.state {
            "announced" => _ = end.receive(NOW(), &begin(u32::try_from(total::<M>()).unwrap())),
            "goodbye" => _ = end.receive(NOW(), &goodbye(0)),
            _ => {}
        }
        output(end);
    }

    /// What the receiver makes of the whole frame.
    fn check<M: Memory>(&self, end: &mut Connection<M>) {
        let payload = self.field("bytes").map(|_| bytes(self.fields.split("bytes=").nth(1).unwrap()));
        let payload = payload.unwrap_or_default();
        let refused = |end: &Connection<M>| match end.close_reason() {
            Some(CloseReason::Refused { refusal, reason }) => {
                (u64::from(refusal.code()), reason.as_str().to_owned())
            }
            other => panic!("{}: {other:?}", self.name),
        };
        match self.kind {
            "hello" | "welcome" => {
                assert_eq!(Some(u64::from(end.peer_message_limit())), self.number("limit"));
            }
            "refuse" => {
                let text = self.field("text").unwrap_or("").to_owned();
                assert_eq!(refused(end), (self.number("code").unwrap(), text));
            }
            "message" => assert!(end.take_unclaimed().unwrap().as_ref() == payload),
            "ping" => assert_eq!(frames(&output(end)), [(PONG, payload)]),
            "goodbye" if self.number("count") > Some(100) => {
                assert_eq!(end.close_reason(), Some(CloseReason::Violated(Violation::CountMismatch)));
            }
            "goodbye" => assert_eq!(output(end).len(), 24, "an answer and a goodbye"),
            _ => assert!(!end.has_output() && end.unread() == 0, "{}", self.name),
        }
    }

    /// How the stream's end looks after `come` bytes of the frame.
    fn lost_mid_frame(&self, come: usize) -> bool {
        let complete = come == self.bytes.len();
        let announced = self.state == "announced" && !(complete && self.kind == "abort");
        announced || (come > 0 && !complete) || (complete && self.bytes[3] == BEGIN)
    }
}

fn every_valid_frame_is_taken_as_it_is_meant<M: Memory>() {
    for case in all::<M>() {
        let header = Header::decode(*case.bytes.first_chunk().unwrap()).unwrap();
        assert_eq!(usize::try_from(header.length()).unwrap(), case.bytes.len() - 4, "{}", case.name);
        assert_eq!(format!("{:?}", header.kind()).to_lowercase(), debug_name(&case, header.kind()));
        for size in [case.bytes.len(), 1, 5] {
            let mut end = case.receiver::<M>();
            for piece in case.bytes.chunks(size.max(case.bytes.len() / 1000)) {
                assert_eq!(end.receive(NOW(), piece), piece.len(), "{}", case.name);
            }
            case.check(&mut end);
        }
    }
}

fn debug_name(case: &Case<'_>, kind: Kind) -> String {
    match kind {
        Kind::Skippable(byte) => format!("skippable({byte})"),
        _ => case.kind.replace('-', ""),
    }
}

// Mutant: is_mid_message looks at the frame and not at the announced message.
fn a_stream_that_ends_anywhere_is_lost_and_says_where<M: Memory>() {
    for case in all::<M>().iter().filter(|case| case.bytes.len() < 70_000) {
        let length = case.bytes.len();
        for come in (0..=length).filter(|&come| come < 100 || come % 997 == 0 || come + 3 > length) {
            let mut end = case.receiver::<M>();
            end.receive(NOW(), &case.bytes[..come]);
            let decided = end.close_reason();
            end.handle_eof();
            let mid_frame = case.lost_mid_frame(come);
            let lost = decided.unwrap_or(CloseReason::PeerLost { mid_frame });
            assert_eq!(end.close_reason(), Some(lost), "{} after {come} bytes", case.name);
            assert!(decided.is_none() || come == length, "{} ends early", case.name);
        }
    }
}

on_both!(every_valid_frame_is_taken_as_it_is_meant, a_stream_that_ends_anywhere_is_lost_and_says_where);
