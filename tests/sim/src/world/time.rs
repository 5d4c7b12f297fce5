//! Virtual time.

use core::time::Duration;

use bowline_core::Instant;

use super::World;
use crate::end::Memory;
use crate::link::Party;
use crate::marks::Mark;
use crate::step::Side;

const YEARS: Duration = Duration::from_secs(10 * 365 * 86_400);

impl<M: Memory> World<M> {
    /// What the clock shows.
    pub(super) fn clock(&self) -> Instant {
        let elapsed = self.now.elapsed_since_origin();
        Instant::from_origin(elapsed.saturating_sub(self.lag))
    }

    /// Lets some time pass, without anybody being woken.
    pub(super) fn pass(&mut self, argument: usize) {
        let unit = [1_000, 100_000, 10_000_000][argument % 3];
        self.now = self.now + Duration::from_nanos(unit * argument as u64 % 4_000_000_000);
        self.tick();
    }

    /// Goes to whatever happens next; `false` if nothing will.
    pub(super) fn jump(&mut self) {
        if let Some(next) = self.next() {
            self.now = self.now.max(next + self.lag);
        }
        self.tick();
    }

    pub(super) fn leap_ahead(&mut self) {
        self.now = self.now + YEARS;
        self.links.iter_mut().for_each(|link| link.torn = true);
        self.tick();
    }

    /// The clock is put back; later it runs on from there.
    pub(super) fn step_back(&mut self, argument: usize) {
        self.marks.hit(Mark::ClockWentBack);
        self.lag = if argument.is_multiple_of(2) { YEARS } else { Duration::from_millis(argument as u64) };
        // What is timed from now on is timed anew, and late.
        self.links.iter_mut().for_each(|link| link.torn = true);
        self.tick();
    }

    pub(super) fn tick(&mut self) {
        let now = self.clock();
        for link in &mut self.links {
            link.wires.iter_mut().for_each(|wire| wire.advance(now));
            for side in Side::BOTH {
                link.tick(now, side, &mut self.marks);
            }
        }
    }

    /// When the next timer fires or the next bytes arrive.
    pub(super) fn next(&self) -> Option<Instant> {
        let now = self.clock();
        let timers = self.links.iter().flat_map(|link| &link.parties).filter_map(|party| match party {
            Party::Honest(end) => end.connection.poll_timeout(),
            Party::Hostile(_) | Party::Dead => None,
        });
        let arrivals =
            self.links.iter().flat_map(|link| &link.wires).filter_map(|wire| wire.next_arrival(now));
        timers.chain(arrivals).min()
    }
}
