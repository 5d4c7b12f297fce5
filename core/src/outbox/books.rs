//! What became of each message: confirmation, room, and the connection's end.

use super::{Entry, Fate, Outbox};
use crate::control::{Pending, Staged};
use crate::limits::Limits;
use crate::storage::{Queue, Storage};
use crate::task::{Outcome, TaskId};
use crate::{CloseReason, Refusal, Text};

// The connection's end.
impl<S: Storage> Outbox<S> {
    /// The connection is over and the transport takes no more: every write gets its end.
    pub(crate) fn fail(&mut self, reason: CloseReason) {
        self.decide_all(reason);
        (self.staged, self.pending, self.position) = (Staged::new(), Pending::default(), 0);
    }

    /// The connection is over, but the peer shall still hear why: every write gets its end, and the frame that has
    /// begun is finished, since the refusal could not be told from its bytes otherwise.
    pub(crate) fn refuse(&mut self, reason: CloseReason, refusal: Refusal, text: Text) {
        let position = self.position;
        let begun = self.entries.get_mut(self.walked).filter(|_| position > 0);
        let rest =
            begun.and_then(|entry| Some(Entry { payload: Some(entry.payload.take()?), ..entry.orphan() }));
        self.decide_all(reason);
        self.pending = Pending { refuse: Some((refusal, text)), ..Pending::default() };
        match rest.map(|entry| self.entries.push_back(entry)) {
            None => self.position = 0,
            Some(Ok(())) => self.admit(),
            Some(Err(_no_room)) => self.fail(reason),
        }
        self.finish_abort();
    }

    fn decide_all(&mut self, reason: CloseReason) {
        self.given_up = self.unsent();
        self.halted = Some(reason);
        let begun = self.walked + usize::from(self.position > 0);
        for index in 0..self.entries.len() {
            let Some(mut entry) = self.entries.pop_front() else { break };
            if index >= self.done {
                entry.decide(if index < begun { Fate::Unknown } else { Fate::NotSent });
            }
            if !entry.ownerless {
                let _kept = self.entries.push_back(entry);
            }
        }
        self.done = self.entries.len();
        (self.walked, self.admitted, self.charged) = (self.done, 0, 0);
    }
}

impl<P> Entry<P> {
    /// What is left on the wire of a message whose owner has his answer: it ends at the next frame that can end it.
    fn orphan(&self) -> Self {
        let fate = if self.layout.is_chunked() { Fate::Aborting } else { Fate::Queued };
        // It stands behind the others, so its name must do so too, or they could not be found by theirs.
        Self { id: TaskId::LAST, payload: None, ownerless: true, fate, ..*self }
    }

    /// Decides an entry; what did not fail cleanly needs its payload no more.
    fn decide(&mut self, fate: Fate) {
        self.fate = fate;
        if !matches!(fate, Fate::NotSent) {
            self.payload = None;
        }
    }
}

// The books.
impl<S: Storage> Outbox<S> {
    /// Decides the writes that the transport has confirmed.
    pub(super) fn settle(&mut self) {
        while let Some(entry) = self.entries.get_mut(self.done) {
            let Fate::Handed { end, number } = entry.fate else { break };
            if end > self.confirmed {
                break;
            }
            let (cost, ownerless) = (entry.cost(), entry.ownerless);
            self.release(cost);
            if ownerless {
                self.entries.remove(self.done);
                self.walked -= 1;
                continue;
            }
            if let Some(entry) = self.entries.get_mut(self.done) {
                entry.decide(Fate::Sent { number });
            }
            self.done += 1;
        }
        self.admit();
    }

    /// Gives waiting writes the room that there is, in their order.
    pub(super) fn admit(&mut self) {
        while let Some(entry) = self.entries.get(self.done + self.admitted) {
            let length = entry.length();
            if !self.limits.admit(self.admitted, self.charged, length) {
                break;
            }
            self.admitted += 1;
            self.charged += Limits::cost(length);
        }
    }

    const fn release(&mut self, cost: usize) {
        self.admitted = self.admitted.saturating_sub(1);
        self.charged = self.charged.saturating_sub(cost);
    }

    /// Removes an entry of which no byte is owed any more.
    pub(super) fn remove_unsent(&mut self, index: usize) -> Option<S::Payload> {
        let entry = self.entries.remove(index)?;
        if index < self.done + self.admitted {
            self.release(entry.cost());
        }
        self.admit();
        entry.payload
    }

    pub(super) fn take_at(&mut self, index: usize) -> Option<Outcome<S::Payload>> {
        let entry = self.entries.remove(index)?;
        self.done -= 1;
        self.walked -= 1;
        self.told -= usize::from(index < self.told);
        match (entry.fate, entry.payload, self.halted) {
            (Fate::Sent { number }, ..) => Some(Outcome::Sent { number }),
            (Fate::NotSent, Some(payload), Some(reason)) => Some(Outcome::NotSent { payload, reason }),
            (Fate::Unknown, _, Some(reason)) => Some(Outcome::Unknown { reason }),
            _ => None,
        }
    }

    pub(super) fn find(&self, id: TaskId) -> Option<usize> {
        let index = self.entries.search(&id, |entry| entry.id).ok()?;
        self.entries.get(index).is_some_and(|entry| !entry.ownerless).then_some(index)
    }
}
