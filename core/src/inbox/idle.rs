//! What is left of an inbox while nothing comes.

use super::{Inbox, Reading};
use crate::budget::AbortBudget;
use crate::stats::Sums;
use crate::storage::Storage;
use crate::turnstile::Turnstile;
use crate::{Config, TaskId};

/// What an inbox remembers between two messages.
pub(crate) struct IdleInbox {
    /// The one read that waits.
    read: Option<TaskId>,
    aborts: AbortBudget,
    sums: Sums,
}

impl<S: Storage> Inbox<S> {
    /// `None` unless nothing but a read waits and nothing has begun to come in.
    pub(crate) fn idle(&self) -> Option<IdleInbox> {
        let is_between = matches!(self.reading, Reading::Word { have: 0, .. }) && self.announced.is_none();
        let is_whole = self.arrived == self.kept && self.kept == self.tally.messages();
        if !is_between || !is_whole || self.packed > 0 || self.discarding {
            return None;
        }
        Some(IdleInbox { read: self.turnstile.idle()?, aborts: self.aborts, sums: Sums::of(self.tally)? })
    }

    pub(crate) fn resume(config: &Config, idle: &IdleInbox) -> Self {
        let mut inbox = Self::with_budget(config, idle.aborts);
        inbox.turnstile = Turnstile::resume(idle.read);
        inbox.tally = idle.sums.tally();
        (inbox.arrived, inbox.kept) = (inbox.tally.messages(), inbox.tally.messages());
        inbox
    }
}
