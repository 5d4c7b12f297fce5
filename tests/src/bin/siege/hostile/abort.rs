//! T4: messages that are begun and withdrawn. Every other peer pays for each with a whole message, so that it is never
//! refused.

use super::attack::Attack;
use super::giant::{begin, word};
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::Target;
use bowline_tests::{kind, message};

/// So many aborts are sent in one go.
const BATCH: u64 = 16;

pub(super) struct Abort {
    pays: bool,
    block: Vec<u8>,
}

impl Abort {
    pub(super) fn new(index: usize) -> Self {
        let pays = index % 2 == 1;
        let mut one = [&begin(1000, 500)[..], &[7; 500], &word(kind::ABORT, 0)].concat();
        if pays {
            one.extend(message(b"paid").bytes());
        }
        Self { pays, block: one.repeat(16) }
    }
}

impl Attack for Abort {
    fn target(&self) -> Target {
        Target::Sink
    }

    fn step(&mut self, wire: &mut Wire, tally: &mut Tally) {
        if !wire.is_open() || wire.listen() {
            return;
        }
        for _ in 0..4 {
            let sent = wire.offer(&self.block);
            tally.add("aborts", if sent { BATCH } else { 0 });
        }
    }

    fn over(&mut self, wire: &Wire, tally: &mut Tally) {
        tally.add("unjust", u64::from(self.pays));
        super::attack::count_end(wire, tally);
    }
}
