//! T1: announces the longest message there is, then sends a byte of it now and then. Every third one announces a longer
//! one and is to be refused.

use super::attack::Attack;
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::{LIMIT, Target};
use bowline_tests::kind;

pub(super) struct Giant {
    shape: usize,
    announced: bool,
    /// How much of it has been sent.
    sent: u32,
}

impl Giant {
    pub(super) fn new(index: usize) -> Self {
        Self { shape: index % 3, announced: false, sent: 0 }
    }

    fn head(&self) -> Vec<u8> {
        match self.shape {
            0 => word(kind::MESSAGE, LIMIT).to_vec(),
            1 => begin(LIMIT, LIMIT),
            _ => word(kind::MESSAGE, 0x00FF_FFFF).to_vec(),
        }
    }
}

/// The head of a frame.
pub(super) fn word(kind: u8, length: u32) -> [u8; 4] {
    (u32::from(kind) << 24 | length).to_le_bytes()
}

/// An announcement and the head of a chunk.
pub(super) fn begin(total: u32, chunk: u32) -> Vec<u8> {
    [word(kind::BEGIN, 4), total.to_le_bytes(), word(kind::CHUNK, chunk)].concat()
}

impl Attack for Giant {
    fn target(&self) -> Target {
        Target::Sink
    }

    fn begin(&mut self) {
        (self.announced, self.sent) = (false, 0);
    }

    fn step(&mut self, wire: &mut Wire, tally: &mut Tally) {
        if !wire.is_open() || wire.listen() {
            return;
        }
        if !self.announced {
            self.announced = wire.offer(&self.head());
            tally.add("announced", 1);
        } else if self.sent + 1 < LIMIT && wire.offer(&[7]) {
            self.sent += 1;
            tally.most("most", self.sent.into());
        }
    }
}
