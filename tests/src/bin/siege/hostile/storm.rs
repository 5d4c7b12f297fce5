//! Handshakes that are begun and left, one after the other, to a program that accepts nobody. Some leave when it is their
//! turn to answer, some only after a while.

use bowline_tests::certificates::Visitor;

use super::attack::Attack;
use super::secure::client_hello;
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::Target;

/// So many steps those stay that do not leave at once.
const STAY: usize = 8;

pub(super) struct Storm {
    round: usize,
    hello: Vec<u8>,
    steps: usize,
}

impl Storm {
    pub(super) fn new(index: usize) -> Self {
        Self { round: index, hello: client_hello(), steps: 0 }
    }

    /// How much of the handshake there is this time, and how long it takes.
    fn plan(&self) -> (usize, usize) {
        match self.round % 4 {
            0 => (0, 1),
            1 => (self.hello.len() / 2, 1),
            2 => (self.hello.len(), 1),
            _ => (self.hello.len(), STAY),
        }
    }
}

impl Attack for Storm {
    fn target(&self) -> Target {
        Target::Squatted
    }

    fn visitor(&self) -> Option<Visitor> {
        None
    }

    fn begin(&mut self) {
        self.round += 1;
        self.steps = 0;
    }

    fn step(&mut self, wire: &mut Wire, tally: &mut Tally) {
        let (length, stay) = self.plan();
        if self.steps == 0 {
            wire.offer(&self.hello[..length]);
        }
        self.steps += 1;
        let first = wire.sniff().first().copied();
        tally.add("plain", u64::from(first.is_some_and(|first| !matches!(first, 0x15 | 0x16))));
        if self.steps >= stay && !wire.has_ended() {
            tally.add("left", 1);
            wire.leave();
        }
    }

    /// Who is one too many may be sent away.
    fn over(&mut self, _wire: &Wire, _tally: &mut Tally) {}
}
