//! A process that is watched from outside.

use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::memory::{Memory, resident};
use super::tally::{Counts, Said};
use crate::trials::child::{Doomed, Output};

/// A child, what it counts and what it occupies.
pub(super) struct Watched {
    child: Doomed,
    said: Arc<Mutex<Said>>,
    reader: Option<JoinHandle<()>>,
    /// What of it is in memory.
    pub(super) resident: Memory,
    /// What of its heap is in use.
    pub(super) held: Memory,
}

impl Watched {
    pub(super) fn new(child: Doomed, lines: Output) -> Self {
        let said = Arc::new(Mutex::new(Said::default()));
        let latest = Arc::clone(&said);
        let reader = thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(said) = Said::parse(&line) {
                    *latest.lock().unwrap_or_else(PoisonError::into_inner) = said;
                }
            }
        });
        Self { child, said, reader: Some(reader), resident: Memory::default(), held: Memory::default() }
    }

    pub(super) fn sample(&mut self, since: Duration) {
        if let Some(bytes) = resident(self.child.id()) {
            self.resident.sample(since, bytes);
            self.held.sample(since, self.said().held);
        }
    }

    /// The latest that it has counted.
    pub(super) fn counts(&self) -> Counts {
        self.said().counts
    }

    /// What of it is in memory and what of its heap is in use, in MiB.
    pub(super) fn occupied(&self) -> String {
        format!("{:.1} (heap {:.1})", self.resident.latest(), self.held.latest())
    }

    fn said(&self) -> Said {
        *self.said.lock().unwrap_or_else(PoisonError::into_inner)
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
