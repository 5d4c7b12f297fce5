//! What became of each message: confirmation, room, and the connection's end.

use super::Outbox;
use super::entry::{Content, Entry, Fate};
use crate::control::{Pending, Staged};
use crate::storage::{Queue, Storage};
use crate::task::{Outcome, TaskId};
use crate::{CloseReason, Refusal, Text};

// The connection's end.
impl<S: Storage> Outbox<S> {
    /// The connection is over and the transport takes no more: every write gets its end.
    pub(crate) fn fail(&mut self) {
        let _nothing_follows = self.tear();
        self.decide_all();
        (self.staged, self.pending, self.position) = (Staged::new(), Pending::new(), 0);
    }

    /// The connection is over, but the peer shall still hear why: every write gets its end, and the frame that has
    /// begun is finished, since the refusal could not be told from its bytes otherwise.
    pub(crate) fn refuse(&mut self, refusal: Refusal, text: Text) {
        let rest = self.tear();
        self.decide_all();
        self.pending = Pending::new();
        self.staged.refuse(refusal, text);
        match rest.map(|entry| self.queue(entry)) {
            None => self.position = 0,
            Some(Ok(())) => {}
            Some(Err(_no_room)) => self.fail(),
        }
        self.finish_abort();
    }

    fn decide_all(&mut self) {
        self.given_up = self.unsent();
        self.halted = true;
        for index in 0..self.entries.len() {
            let Some(mut entry) = self.entries.pop_front() else { break };
            // What was torn has its end already.
            if index >= self.done && entry.fate != Fate::Unknown {
                entry.decide(if index < self.walked { Fate::Unknown } else { Fate::NotSent });
            }
            if !entry.ownerless {
                let _kept = self.entries.push_back(entry);
            }
        }
        self.done = self.entries.len();
        (self.walked, self.admitted, self.admitted_messages) = (self.done, 0, 0);
        (self.charged, self.undecided, self.unwalked) = (0, 0, 0);
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
            let (cost, messages, ownerless) = (entry.cost(), entry.messages(), entry.ownerless);
            self.release(cost, messages);
            self.undecided -= messages;
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
            let (cost, messages) = (entry.cost(), entry.messages());
            if !self.limits.admit_several(self.admitted_messages, self.charged, messages, cost) {
                break;
            }
            self.admitted += 1;
            self.admitted_messages += messages;
            self.charged += cost;
        }
    }

    const fn release(&mut self, cost: usize, messages: usize) {
        self.admitted = self.admitted.saturating_sub(1);
        self.admitted_messages = self.admitted_messages.saturating_sub(messages);
        self.charged = self.charged.saturating_sub(cost);
    }

    /// Removes an entry of which no byte is owed any more.
    pub(super) fn remove_unsent(&mut self, index: usize) -> Option<Entry<S>> {
        let entry = self.entries.remove(index)?;
        let messages = entry.messages();
        self.undecided -= messages;
        self.unwalked -= messages;
        if index < self.done + self.admitted {
            self.release(entry.cost(), messages);
        }
        self.admit();
        Some(entry)
    }

    pub(super) fn take_at(
        &mut self,
        index: usize,
        why: impl Fn() -> Option<CloseReason>,
    ) -> Option<Outcome<S::Payload>> {
        let entry = self.take_entry(index)?;
        match (entry.fate, entry.content) {
            (Fate::Sent { number }, _) => Some(Outcome::Sent { number }),
            (Fate::NotSent, Content::One(payload)) => Some(Outcome::NotSent { payload, reason: why()? }),
            (Fate::Unknown, _) => Some(Outcome::Unknown { reason: why()? }),
            _ => None,
        }
    }

    /// Takes out an entry that has its end.
    pub(super) fn take_entry(&mut self, index: usize) -> Option<Entry<S>> {
        let entry = self.entries.remove(index)?;
        self.done -= 1;
        self.walked -= 1;
        self.told -= usize::from(index < self.told);
        Some(entry)
    }

    /// A message's entry.
    pub(super) fn find(&self, id: TaskId) -> Option<usize> {
        self.find_if(id, |entry| !entry.layout.is_packed())
    }

    /// An entry that somebody may ask for.
    pub(super) fn find_any(&self, id: TaskId) -> Option<usize> {
        self.find_if(id, |_| true)
    }

    pub(super) fn find_if(&self, id: TaskId, suits: impl Fn(&Entry<S>) -> bool) -> Option<usize> {
        let index = self.entries.search(&id, |entry| entry.id).ok()?;
        self.entries.get(index).is_some_and(|entry| !entry.ownerless && suits(entry)).then_some(index)
    }
}
