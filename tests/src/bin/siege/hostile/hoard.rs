//! T9: as much as the limits allow. Messages of the full length to a program that sends them back, whose answers nobody
//! reads: both queues are full, and more has been read ahead.

use bowline_tests::message;

use super::attack::Attack;
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::{SMALL, Target};

/// After so many steps in a row in which nothing was taken, the other side is full.
const FULL: u32 = 25;

pub(super) struct Hoard {
    block: Vec<u8>,
    refused: u32,
}

impl Hoard {
    pub(super) fn new() -> Self {
        Self { block: message(&vec![7; SMALL as usize]).bytes(), refused: 0 }
    }
}

impl Attack for Hoard {
    fn target(&self) -> Target {
        Target::Hoarded
    }

    fn step(&mut self, wire: &mut Wire, tally: &mut Tally) {
        if !wire.is_open() {
            return;
        }
        self.refused += 1;
        for _ in 0..8 {
            let before = wire.unsent();
            let sent = wire.offer(&self.block);
            if sent || wire.unsent() < before {
                self.refused = 0;
            }
            tally.add("messages", u64::from(sent));
        }
        tally.add("full", u64::from(self.refused == FULL));
    }
}
