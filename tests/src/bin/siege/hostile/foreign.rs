//! What is no TLS, where TLS is wanted, and what is none that anybody speaks. All of it is answered by an alert, and by
//! nothing else.

use bowline_tests::certificates::Visitor;
use bowline_tests::hello;

use super::attack::Attack;
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::Target;

pub(super) struct Foreign {
    round: usize,
    said: bool,
    answer: Vec<u8>,
}

/// A name, and what is said.
type Saying = (&'static str, fn() -> Vec<u8>);

/// rustls has no alert for this one.
const ENDLESS: &str = "endless";

/// What it says, each by a name.
const SAYINGS: [Saying; 10] = [
    ("bowline", || hello(1 << 20, 0).bytes()),
    ("http", || b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec()),
    ("zeros", || vec![0; 100]),
    ("noise", || core::iter::repeat_with(|| fastrand::u8(0x20..)).take(1000).collect()),
    // A version of before TLS.
    ("ssl2", || [&[0x80, 0x2E, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10][..], &[7; 37]].concat()),
    // A hello of no length.
    ("empty", || vec![0x16, 3, 1, 0, 4, 1, 0, 0, 0]),
    // A record that is longer than records may be.
    ("oversized", || vec![0x16, 3, 1, 0xFF, 0xFF, 1, 0, 0, 0]),
    // A message of the handshake that is longer than they may be.
    (ENDLESS, || vec![0x16, 3, 1, 0, 4, 1, 0xFF, 0xFF, 0xFF]),
    // The contents before the handshake.
    ("early", || [&[0x17, 3, 3, 0, 32][..], &[7; 32]].concat()),
    ("tls10", old_hello),
];

/// A hello that knows nothing newer than TLS 1.0.
fn old_hello() -> Vec<u8> {
    let body = [&[3, 1][..], &[7; 32], &[0], &[0, 2, 0, 0x2F], &[1, 0]].concat();
    [&[0x16, 3, 1, 0, 45, 1, 0, 0, 41][..], &body].concat()
}

impl Foreign {
    pub(super) fn new(index: usize) -> Self {
        // Each starts somewhere else.
        Self { round: index, said: false, answer: Vec::new() }
    }

    fn saying(&self) -> Saying {
        SAYINGS[self.round % SAYINGS.len()]
    }
}

/// All that came is one fatal alert.
fn is_due(answer: &[u8], name: &str) -> bool {
    matches!(answer, [0x15, 3, _, 0, 2, 2, _]) || (name == ENDLESS && answer.is_empty())
}

impl Attack for Foreign {
    fn target(&self) -> Target {
        Target::Sink
    }

    fn visitor(&self) -> Option<Visitor> {
        None
    }

    fn begin(&mut self) {
        self.round += 1;
        self.said = false;
        self.answer.clear();
    }

    fn step(&mut self, wire: &mut Wire, _tally: &mut Tally) {
        if !self.said {
            self.said = wire.offer(&self.saying().1());
        }
        wire.flush();
        self.answer.extend(wire.sniff());
    }

    fn over(&mut self, _wire: &Wire, tally: &mut Tally) {
        let name = self.saying().0;
        match is_due(&self.answer, name) {
            true => {
                tally.add("turned_away", 1);
                tally.add(&format!("said.{name}"), 1);
            }
            false => tally.add(&format!("mismatch.{name}:{:02x?}", self.answer).replace(' ', ""), 1),
        }
    }
}
