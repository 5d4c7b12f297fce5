//! What is left of an outbox while nothing is queued.

use super::Outbox;
use crate::Config;
use crate::budget::AbortCredit;
use crate::stats::Sums;
use crate::storage::{Queue, Storage};

/// What an outbox remembers between two messages.
pub(crate) struct IdleOutbox {
    sums: Sums,
    aborts: AbortCredit,
}

impl<S: Storage> Outbox<S> {
    /// `None` unless everything has left, was confirmed, and its end was told.
    pub(crate) fn idle(&self) -> Option<IdleOutbox> {
        let is_empty = self.entries.is_empty() && self.staged.is_empty() && self.pending.is_empty();
        let is_idle = is_empty && !self.has_lent() && !self.halted && self.sent == self.tally.messages();
        Some(IdleOutbox { sums: Sums::of(self.tally).filter(|_| is_idle)?, aborts: self.aborts })
    }

    pub(crate) fn resume(config: &Config, idle: &IdleOutbox) -> Self {
        let (tally, aborts) = (idle.sums.tally(), idle.aborts);
        Self { sent: tally.messages(), tally, aborts, ..Self::new(config) }
    }
}
