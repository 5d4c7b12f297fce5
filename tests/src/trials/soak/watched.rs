//! A process that is watched from outside.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::memory::Memory;
use super::tally::Counts;
use crate::trials::child::{Doomed, Output};

/// A child, what it counts and what it occupies.
pub(super) struct Watched {
    child: Doomed,
    counts: Arc<Mutex<Option<Counts>>>,
    reader: Option<JoinHandle<()>>,
    pub(super) memory: Memory,
}

impl Watched {
    pub(super) fn new(child: Doomed, lines: Output) -> Self {
        let counts = Arc::new(Mutex::new(None));
        let latest = Arc::clone(&counts);
        let reader = thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(counts) = Counts::parse(&line) {
                    *latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(counts);
                }
            }
        });
        Self { child, counts, reader: Some(reader), memory: Memory::default() }
    }

    pub(super) fn sample(&mut self, since: Duration) {
        self.memory.sample(self.child.id(), since);
    }

    /// The latest that it has said.
    pub(super) fn counts(&self) -> Counts {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or_default()
    }

    /// Sends it away, and waits until it has said its last.
    pub(super) fn dismiss(&mut self) -> Result<(), String> {
        self.child.dismiss();
        if let Some(reader) = self.reader.take() {
            let _ended = reader.join();
        }
        self.child.expect_success()
    }
}
