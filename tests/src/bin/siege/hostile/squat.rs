//! T7: connections, one after the other, to a program that accepts nobody.

use super::attack::Attack;
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::Target;

pub(super) struct Squat;

impl Attack for Squat {
    fn target(&self) -> Target {
        Target::Squatted
    }

    fn step(&mut self, wire: &mut Wire, tally: &mut Tally) {
        if wire.is_open() {
            tally.add("let_in", 1);
        }
        wire.listen();
    }
}
