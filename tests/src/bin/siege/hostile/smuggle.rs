//! T11: every message brings descriptors along. They must not arrive; the messages must.

use std::fs::File;
use std::os::fd::AsFd;

use super::attack::Attack;
use super::farewell::Farewell;
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::Target;
use bowline_tests::message;

/// So many descriptors come with a message.
const DESCRIPTORS: usize = 16;

pub(super) struct Smuggle {
    nothing: File,
    block: Vec<u8>,
    sent: u64,
    farewell: Farewell,
}

impl Smuggle {
    pub(super) fn new() -> Self {
        let nothing = File::open("/dev/null").expect("every system has it");
        Self { nothing, block: message(b"smuggled").bytes(), sent: 0, farewell: Farewell::default() }
    }
}

impl Attack for Smuggle {
    fn target(&self) -> Target {
        Target::Sink
    }

    fn begin(&mut self) {
        (self.sent, self.farewell) = (0, Farewell::default());
    }

    fn step(&mut self, wire: &mut Wire, tally: &mut Tally) {
        if !wire.is_open() {
            return;
        }
        for _ in 0..4 {
            let sent = u64::from(wire.smuggle(&self.block, &[self.nothing.as_fd(); DESCRIPTORS]));
            self.sent += sent;
            tally.add("descriptors", sent * 16);
        }
    }

    fn finish(&mut self, wire: &mut Wire, tally: &mut Tally) -> bool {
        self.farewell.say(self.sent, wire, tally)
    }
}
