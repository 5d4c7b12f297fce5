//! T3: empty messages without end, and nobody reads them. Once somebody does, all of them are there.

use super::attack::Attack;
use super::farewell::Farewell;
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::Target;

/// So many empty messages are sent in one go.
const BATCH: usize = 1024;
pub(super) struct Flood {
    sent: u64,
    farewell: Farewell,
}

impl Flood {
    pub(super) fn new() -> Self {
        Self { sent: 0, farewell: Farewell::default() }
    }
}

impl Attack for Flood {
    fn target(&self) -> Target {
        Target::Stalled
    }

    fn begin(&mut self) {
        *self = Self::new();
    }

    fn step(&mut self, wire: &mut Wire, tally: &mut Tally) {
        if !wire.is_open() {
            return;
        }
        for _ in 0..4 {
            let sent = if wire.offer(&[0; 4 * BATCH]) { 1024 } else { 0 };
            self.sent += sent;
            tally.add("messages", sent);
        }
    }

    fn finish(&mut self, wire: &mut Wire, tally: &mut Tally) -> bool {
        self.farewell.say(self.sent, wire, tally)
    }
}
