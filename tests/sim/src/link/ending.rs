//! How a transport comes to its end.

use bowline_core::Instant;

use super::{Link, Party};
use crate::end::Memory;
use crate::marks::{Mark, Marks};
use crate::step::Side;
use crate::swarm::Flavour;

impl<M: Memory> Link<M> {
    /// Shuts a side's write direction down if it wants that, and drops its transport when it is done with it.
    pub(crate) fn shut(&mut self, now: Instant, side: Side, marks: &mut Marks) -> bool {
        let flavour = self.wires[side as usize].flavour();
        let Party::Honest(end) = &mut self.parties[side as usize] else { return false };
        let mut moved = false;
        if end.connection.wants_shutdown() && end.driver.lent.is_empty() && !end.driver.gone {
            moved = true;
            // A pipe's two directions only end together.
            if flavour != Flavour::Pipe {
                self.wires[side as usize].finish(now);
            }
            end.connection.handle_shutdown();
        }
        if end.connection.is_finished() && !end.driver.gone {
            moved = true;
            end.driver.gone = true;
            self.let_go(now, side, marks);
        }
        moved
    }

    /// A process lets go of its stream: what it has lent may still leave, or not.
    pub(crate) fn let_go(&mut self, now: Instant, side: Side, marks: &mut Marks) {
        if let Party::Honest(end) = &mut self.parties[side as usize] {
            let lent = core::mem::take(&mut end.driver.lent);
            for (block, written) in lent {
                marks.hit(Mark::DroppedWhileLent);
                if self.dice.coin() {
                    let _ = self.wires[side as usize].write(now, &block.bytes()[written..]);
                }
            }
            end.driver.filled = None;
            end.driver.ahead.clear();
        }
        let unread = self.wires[side.other() as usize].drop_reader();
        marks.hit_if(unread, Mark::LeftUnread);
        self.wires[side as usize].drop_writer(now, unread);
    }

    /// A process is killed: its memory is gone.
    pub(crate) fn kill(&mut self, now: Instant, side: Side, marks: &mut Marks) {
        if matches!(self.parties[side as usize], Party::Dead) {
            return;
        }
        self.observe(side);
        let gone = self.end(side).is_some_and(|end| end.driver.gone);
        if !gone {
            self.let_go(now, side, marks);
        }
        self.torn = true;
        // What it had taken in and confirmed is gone with its memory.
        self.strict[side as usize] = false;
        self.parties[side as usize] = Party::Dead;
        self.incoming(side).abandon();
        self.flows[side as usize].writes.iter_mut().for_each(|write| write.owned = false);
    }
}
