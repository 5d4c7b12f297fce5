//! Peers that keep TLS's handshake waiting: they say nothing, or a byte of it now and then, or half of it, or all of their
//! side's first part, or as much as there is room for of a message that never ends.

use std::time::Instant;

use bowline_tests::certificates::Visitor;

use super::attack::Attack;
use super::secure::client_hello;
use super::wire::Wire;
use crate::tally::Tally;
use crate::target::{BRISK, Target};

pub(super) struct Shake {
    round: usize,
    shape: usize,
    hello: Vec<u8>,
    /// Since when the other side waits, at the latest.
    since: Instant,
    sent: usize,
    /// What came first.
    heard: Option<u8>,
}

/// All shapes.
const SHAPES: usize = 5;

impl Shake {
    pub(super) fn new(index: usize) -> Self {
        // Each starts somewhere else.
        Self { round: index, shape: 0, hello: Vec::new(), since: Instant::now(), sent: 0, heard: None }
    }

    /// So many bytes are due by now. A byte every quarter of the deadline is never all of it.
    fn due(&self) -> usize {
        let quarters = self.since.elapsed().as_millis() / (BRISK.as_millis() / 4);
        match self.shape {
            0 => 0,
            1 => usize::try_from(quarters).unwrap_or(usize::MAX).min(self.hello.len() - 1),
            2 => self.hello.len() / 2,
            _ => self.hello.len(),
        }
    }
}

/// The beginning of a message of the handshake that is as long as they may be, in records that are whole.
fn endless() -> Vec<u8> {
    const PART: usize = 15 << 10;
    let record = |content: &[u8]| [&[0x16, 3, 1, 0x3C, 0], content].concat();
    let mut first = vec![7; PART];
    first[..4].copy_from_slice(&[1, 0, 0xF8, 0]);
    [record(&first), record(&[7; PART]).repeat(3)].concat()
}

impl Attack for Shake {
    fn target(&self) -> Target {
        Target::Hasty
    }

    fn visitor(&self) -> Option<Visitor> {
        None
    }

    fn begin(&mut self) {
        self.round += 1;
        self.shape = self.round % SHAPES;
        self.hello = if self.shape == 4 { endless() } else { client_hello() };
        (self.since, self.sent, self.heard) = (Instant::now(), 0, None);
    }

    fn step(&mut self, wire: &mut Wire, _tally: &mut Tally) {
        let due = self.due();
        if due > self.sent && wire.offer(&self.hello[self.sent..due]) {
            self.sent = due;
        }
        wire.flush();
        self.heard = self.heard.or(wire.sniff().first().copied());
    }

    /// Nobody can be told why, but nobody may be cut off early, and nothing is said to them but TLS.
    fn over(&mut self, _wire: &Wire, tally: &mut Tally) {
        let waited = self.since.elapsed();
        let foreign = self.heard.is_some_and(|first| !matches!(first, 0x15 | 0x16));
        tally.add(&format!("cut.{}", self.shape), 1);
        tally.add("early", u64::from(waited < BRISK));
        tally.add("plain", u64::from(foreign));
        tally.most(&format!("most_ms.{}", self.shape), u64::try_from(waited.as_millis()).unwrap_or(u64::MAX));
    }
}
