//! The end of a script: no more faults, everything is read, everybody closes, and every task has its end in time.

use core::time::Duration;

use super::{Summary, World};
use crate::end::Memory;
use crate::link::Party;
use crate::marks::Mark;
use crate::step::Side;

/// By when everything must have its end once there are no more faults.
const DEADLINE: Duration = Duration::from_secs(200);

impl<M: Memory> World<M> {
    pub(super) fn finish(mut self) -> Summary {
        self.heal();
        self.read_everything();
        self.stop();
        for place in 0..self.links.len() {
            for side in Side::BOTH {
                self.close(place, side, Duration::from_secs(60));
            }
        }
        self.read_everything();
        self.wait();
        self.check_everything();
        self.check_ends();
        Summary { hash: self.digest.value(), marks: self.marks }
    }

    fn heal(&mut self) {
        self.lag = Duration::ZERO;
        let now = self.clock();
        for link in &mut self.links {
            link.wires.iter_mut().for_each(|wire| wire.heal(now));
            // A hostile end falls silent, and at last goes away.
            for side in Side::BOTH {
                if matches!(link.parties[side as usize], Party::Hostile(_)) {
                    link.settle(now, &mut self.marks);
                    link.kill(now, side, &mut self.marks);
                }
            }
        }
    }

    /// Reads until nothing more comes.
    fn read_everything(&mut self) {
        loop {
            self.settle();
            self.check_everything();
            let mut any = false;
            for place in 0..self.links.len() {
                any |= self.read_all(place, Side::Client) | self.read_all(place, Side::Server);
            }
            if !any {
                return;
            }
        }
    }

    fn read_all(&mut self, place: usize, side: Side) -> bool {
        let waiting = self.links[place].incoming(side).waiting();
        for read in self.links[place].incoming(side).reads.clone() {
            if self.links[place].incoming(side).owned_by(read).is_some() {
                self.take_this(place, side, read);
            }
        }
        while self.links[place].incoming(side).waiting() > self.links[place].incoming(side).reads.len() {
            self.take_unclaimed(place, side);
        }
        waiting > 0
    }

    /// Goes from timer to timer until none runs.
    fn wait(&mut self) {
        let until = self.now + DEADLINE;
        let mut spins = 0;
        while let Some(next) = self.next() {
            assert!(next <= until, "I17: something takes too long: {next:?}");
            spins = if next > self.now { 0 } else { spins + 1 };
            assert!(spins < 20, "I13: a timer goes off again and again");
            self.now = self.now.max(next);
            self.tick();
            self.read_everything();
        }
    }

    fn check_ends(&mut self) {
        assert_eq!((self.listener.clients(), self.listener.undecided()), (0, 0), "I16: the books");
        for link in &mut self.links {
            for side in Side::BOTH {
                link.check_ends(side, &mut self.marks);
                let (sent, came) = (link.flows[side as usize].sent(), link.flows[side as usize].came());
                self.digest.note(sent);
                self.digest.note(came);
            }
            link.check_lossless();
            for wire in &link.wires {
                assert!(wire.is_deaf() || wire.has_ended(), "I16: a stream was not let go");
            }
            self.marks
                .hit_if(self.swarm.hostile.is_some() && link.hostile_tap.messages > 0, Mark::HostileMessage);
        }
    }
}
