//! Batches: many small messages in one entry.

use core::mem;

use super::Outbox;
use super::entry::{Content, Entry, Fate};
use crate::CloseReason;
use crate::layout::Layout;
use crate::limits::Limits;
use crate::storage::{BatchOf, Pack, Queue, Storage};
use crate::task::{BatchOutcome, TaskId};

impl<S: Storage> Outbox<S> {
    /// Queues a batch; hands it back if the storage is full.
    pub(crate) fn push_batch(&mut self, id: TaskId, batch: BatchOf<S>) -> Result<(), BatchOf<S>> {
        let entry = Entry::new(id, Content::Many(batch), Layout::packed(0), self.plain);
        match self.queue(entry) {
            Err(Entry { content: Content::Many(batch), .. }) => Err(batch),
            _ => Ok(()),
        }
    }

    /// Takes back the messages of a batch of which nothing has left; `None` if there is no such batch.
    pub(crate) fn cancel_batch(&mut self, id: TaskId) -> Option<BatchOf<S>> {
        let index = self.find_batch(id)?;
        if index < self.done {
            return match self.take_entry(index)?.content {
                Content::Many(unsent) => Some(unsent),
                _ => BatchOf::<S>::empty(),
            };
        }
        if index > self.walked || (index == self.walked && self.position == 0) {
            let Content::Many(batch) = self.remove_unsent(index)?.content else { return None };
            return Some(batch);
        }
        let begun = index == self.walked;
        let position = usize::try_from(self.position).unwrap_or(usize::MAX);
        let entry = self.entries.get_mut(index)?;
        entry.ownerless = true;
        if !begun {
            return BatchOf::<S>::empty();
        }
        let unsent = entry.shorten(position)?;
        let ends_here = entry.layout.total() == self.position;
        self.forget(&unsent);
        if ends_here {
            self.finish_message();
            self.settle();
        }
        Some(unsent)
    }

    /// The end of a batch, once; `None` while it has none. `why` says why the connection is over.
    pub(crate) fn take_batch(
        &mut self,
        id: TaskId,
        why: impl Fn() -> Option<CloseReason>,
    ) -> Option<BatchOutcome<BatchOf<S>>> {
        let index = self.find_batch(id).filter(|&index| index < self.done)?;
        let entry = self.take_entry(index)?;
        match (entry.fate, entry.content) {
            (Fate::Sent { number }, _) => Some(BatchOutcome::Sent { number }),
            (fate, Content::Many(unsent)) => {
                Some(BatchOutcome::Broken { unsent, torn: fate == Fate::Unknown, reason: why()? })
            }
            _ => None,
        }
    }

    /// Adds a message that has room and that nobody will ask about to the last entry, if that has no owner either: what leaves
    /// together needs no entries of its own. Whether it did.
    pub(crate) fn join(&mut self, message: &[u8]) -> bool {
        if !self.can_take_another() || self.done + self.admitted < self.entries.len() {
            return false;
        }
        let last = self.entries.len() - 1;
        let joined = self.entries.get_mut(last).is_some_and(|entry| entry.absorb(message));
        if joined {
            self.undecided += 1;
            self.unwalked += 1;
            self.admitted_messages += 1;
            self.charged += Limits::cost(message.len());
            self.tally.note_queued(self.undecided);
        }
        joined
    }

    /// Whether the last entry is one that is still to be sent, without an owner. If it has begun, only its end moves.
    fn can_take_another(&self) -> bool {
        let takes =
            |entry: &Entry<S>| entry.ownerless && entry.fate == Fate::Queued && !entry.layout.is_chunked();
        let last = self.entries.len().checked_sub(1);
        last.and_then(|last| self.entries.get(last)).is_some_and(takes)
    }

    /// Ends what has begun of the connection's last message: decides its entry, and returns what must still be sent of it if
    /// anything shall follow.
    pub(super) fn tear(&mut self) -> Option<Entry<S>> {
        let position = usize::try_from(self.position).ok().filter(|&position| position > 0)?;
        let is_lent = self.has_lent();
        let entry = self.entries.get_mut(self.walked)?;
        let (layout, content) = (entry.layout, mem::replace(&mut entry.content, Content::Gone));
        let Content::Many(mut begun) = content else {
            entry.fate = Fate::Unknown;
            return Some(entry.orphan(content, layout));
        };
        let (ended, unsent) = begun.cut(position);
        let skipped = begun.skip(ended);
        entry.content = Content::Many(unsent);
        let is_certain = begun.messages() == 0 && !(ended > 0 && is_lent);
        entry.fate = if is_certain { Fate::NotSent } else { Fate::Unknown };
        self.sent += ended as u64;
        self.unwalked -= ended;
        self.position -= skipped as u64;
        (begun.messages() > 0).then(|| entry.orphan(Content::Many(begun), layout))
    }

    /// Messages that are no longer in an admitted entry of which something has left.
    fn forget(&mut self, messages: &BatchOf<S>) {
        let count = messages.messages();
        self.undecided -= count;
        self.unwalked -= count;
        self.admitted_messages = self.admitted_messages.saturating_sub(count);
        self.charged = self.charged.saturating_sub(Limits::cost_of(messages));
        self.admit();
    }

    fn find_batch(&self, id: TaskId) -> Option<usize> {
        self.find_if(id, |entry| entry.layout.is_packed())
    }
}

impl<S: Storage> Entry<S> {
    /// Adds a message behind its own; whether it was small enough and there was room.
    fn absorb(&mut self, message: &[u8]) -> bool {
        if let Content::One(own) = &self.content {
            let Some(mut batch) = BatchOf::<S>::empty() else { return false };
            if !batch.push(own.as_ref()) {
                return false;
            }
            (self.content, self.layout) = (Content::Many(batch), Layout::packed(0));
        }
        let Content::Many(batch) = &mut self.content else { return false };
        let absorbed = batch.push(message);
        self.measure();
        absorbed
    }

    /// Cuts off the messages of which nothing is before `position`.
    fn shorten(&mut self, position: usize) -> Option<BatchOf<S>> {
        let Content::Many(batch) = &mut self.content else { return None };
        let (_ended, unsent) = batch.cut(position);
        self.measure();
        Some(unsent)
    }
}
