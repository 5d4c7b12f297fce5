//! T6: peers that keep the other side waiting: they say nothing, or a byte of hello now and then, or half a frame, or
//! announce a message and leave it at that.

use std::time::Instant;

use super::attack::Attack;
use super::giant::{begin, word};
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::{BRISK, Target};
use bowline_tests::{hello, kind};

pub(super) struct Loris {
    shape: usize,
    /// Since when the other side waits, at the latest.
    since: Option<Instant>,
    sent: usize,
}

impl Loris {
    pub(super) fn new(index: usize) -> Self {
        Self { shape: index % 4, since: None, sent: 0 }
    }

    /// One byte of hello every quarter of the deadline: it is never complete in time.
    fn drip(&mut self, wire: &mut Wire) {
        let waited = self.since.map_or(0, |since| since.elapsed().as_millis());
        let hello = hello(1000, 0).bytes();
        let due = waited > BRISK.as_millis() / 4 * self.sent as u128;
        if due && self.sent + 1 < hello.len() && wire.offer(&hello[self.sent..=self.sent]) {
            self.sent += 1;
        }
    }

    fn begin_something(&mut self, wire: &mut Wire) {
        if self.sent == 0 && wire.is_open() {
            self.since = Some(Instant::now());
            let frame = [&word(kind::MESSAGE, 100)[..], &[7; 10]].concat();
            let announcement = begin(100, 100);
            let started = wire.offer(if self.shape == 2 { &frame } else { &announcement[..8] });
            self.sent = usize::from(started);
        }
    }
}

impl Attack for Loris {
    fn target(&self) -> Target {
        Target::Brisk
    }

    fn begin(&mut self) {
        (self.since, self.sent) = ((self.shape < 2).then(Instant::now), 0);
    }

    fn step(&mut self, wire: &mut Wire, _tally: &mut Tally) {
        match self.shape {
            0 => {}
            1 => self.drip(wire),
            _ => self.begin_something(wire),
        }
        // Who has not been let in yet still has to hear its welcome.
        if self.shape < 2 || self.sent > 0 {
            wire.listen();
        }
    }

    fn over(&mut self, wire: &Wire, tally: &mut Tally) {
        super::attack::count_end(wire, tally);
        if let Some(waited) = self.since.map(|since| since.elapsed()) {
            tally.add("early", u64::from(waited < BRISK));
            tally.most("most_ms", u64::try_from(waited.as_millis()).unwrap_or(u64::MAX));
        }
    }
}
