//! T5: control frames without end from a peer that never reads: a long message is on its way to it and no answer can
//! leave. Every other peer has said goodbye first, and never acknowledges the other side's.

use super::attack::Attack;
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::Target;
use bowline_tests::{Frame, kind};

/// So many rounds of control frames are sent in one go.
const ROUNDS: usize = 64;

pub(super) struct Control {
    leaves: bool,
    left: bool,
    block: Vec<u8>,
}

impl Control {
    pub(super) fn new(index: usize) -> Self {
        let frames = [
            Frame::new(kind::PING, &[1; 8]),
            Frame::new(kind::PONG, &[2; 8]),
            Frame::new(0x80, &[]),
            Frame::new(0xFF, &[3; 40]),
        ];
        let round: Vec<_> = frames.iter().flat_map(Frame::bytes).collect();
        Self { leaves: index % 2 == 1, left: false, block: round.repeat(ROUNDS) }
    }
}

impl Attack for Control {
    fn target(&self) -> Target {
        Target::Talkative
    }

    fn begin(&mut self) {
        self.left = false;
    }

    fn step(&mut self, wire: &mut Wire, tally: &mut Tally) {
        if !wire.is_open() {
            return;
        }
        if self.leaves && !self.left {
            self.left = wire.offer(&Frame::new(kind::GOODBYE, &[0; 8]).bytes());
        }
        for _ in 0..4 {
            let sent = wire.offer(&self.block);
            tally.add("frames", if sent { 256 } else { 0 });
        }
    }

    /// Who says goodbye is let go after a while.
    fn over(&mut self, wire: &Wire, tally: &mut Tally) {
        match self.left && wire.refusal().is_none() {
            true => tally.add("let_go", 1),
            false => super::attack::count_end(wire, tally),
        }
    }
}
