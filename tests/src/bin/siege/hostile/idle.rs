//! A peer that says hello and nothing more: what a connection costs.

use super::attack::Attack;
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::Target;

pub(super) struct Idle;

impl Attack for Idle {
    fn target(&self) -> Target {
        Target::Sink
    }

    fn step(&mut self, wire: &mut Wire, _tally: &mut Tally) {
        if wire.is_open() {
            wire.listen();
        }
    }
}
