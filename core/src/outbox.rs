//! Messages → bytes: queued writes, their order, abort, and what became of each.

mod batches;
mod books;
mod entry;
mod idle;
mod wire;

use crate::budget::AbortCredit;
use crate::control::{Pending, Staged};
use crate::frame::{Header, Kind};
use crate::layout::Layout;
use crate::limits::Limits;
use crate::stats::{Tally, Traffic};
use crate::storage::{Queue, Storage};
use crate::task::{Cancelled, Outcome, Status, TaskId};
use crate::{CloseReason, Config};
use entry::{Content, Entry, Fate};
pub(crate) use idle::IdleOutbox;

/// Queued writes in order, from the oldest whose end was not told to the newest.
///
/// Three marks divide the queue, `done ≤ walked ≤ done + admitted`: entries before `done` are decided and wait to be
/// told, those before `walked` were handed over whole, those before `done + admitted` have room within the limits.
pub(crate) struct Outbox<S: Storage> {
    entries: S::Queue<Entry<S>>,
    done: usize,
    told: usize,
    walked: usize,
    admitted: usize,
    /// How many messages the admitted entries hold, and what they are charged.
    admitted_messages: usize,
    charged: usize,
    /// How many messages the entries from `done` on hold, and how many those from `walked` on.
    undecided: usize,
    unwalked: usize,
    /// How many bytes of the entry at `walked` were handed over.
    position: u64,
    /// All bytes ever handed to the transport, and those of them that it has confirmed.
    handed: u64,
    confirmed: u64,
    /// How many messages were handed over whole.
    sent: u64,
    /// How many were not, when the connection came to its end.
    given_up: u64,
    /// Nothing new begins: the connection is over, for a reason that the connection knows.
    halted: bool,
    aborts: AbortCredit,
    tally: Tally,
    pub(crate) pending: Pending,
    staged: Staged<S>,
    limits: Limits,
    chunk: u32,
    full_word: [u8; 4],
    plain: bool,
}

// What the application does.
impl<S: Storage> Outbox<S> {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            entries: Default::default(),
            done: 0,
            told: 0,
            walked: 0,
            admitted: 0,
            admitted_messages: 0,
            charged: 0,
            undecided: 0,
            unwalked: 0,
            position: 0,
            handed: 0,
            confirmed: 0,
            sent: 0,
            given_up: 0,
            halted: false,
            aborts: AbortCredit::new(),
            tally: Tally::default(),
            pending: Pending::new(),
            staged: Staged::new(),
            limits: Limits::new(config),
            chunk: config.chunk_size,
            full_word: Header::new(Kind::Chunk, config.chunk_size).encode(),
            plain: config.is_plain(),
        }
    }

    /// Whether a message of `length` bytes has room within the limits now.
    pub(crate) fn has_room(&self, length: usize) -> bool {
        self.done + self.admitted == self.entries.len()
            && self.limits.admit(self.admitted_messages, self.charged, length)
    }

    /// Queues a message of `length` bytes; hands it back if the storage is full.
    pub(crate) fn push(&mut self, id: TaskId, payload: S::Payload, length: u32) -> Result<(), S::Payload> {
        let layout = if self.plain { Layout::whole(length) } else { Layout::chunked(length, self.chunk) };
        match self.queue(Entry::new(id, Content::One(payload), layout, self.plain)) {
            Ok(()) => Ok(()),
            Err(entry) => entry.into_payload().map_or(Ok(()), Err),
        }
    }

    /// Queues an entry behind the others; hands it back if the storage is full.
    #[inline]
    fn queue(&mut self, entry: Entry<S>) -> Result<(), Entry<S>> {
        let messages = entry.messages();
        self.entries.push_back(entry)?;
        self.undecided += messages;
        self.unwalked += messages;
        self.admit();
        self.tally.note_queued(self.undecided);
        Ok(())
    }

    /// `why` says why the connection is over.
    pub(crate) fn cancel(
        &mut self,
        id: TaskId,
        why: impl Fn() -> Option<CloseReason>,
    ) -> Option<Cancelled<S::Payload>> {
        let index = self.find(id)?;
        if index < self.done {
            return self.take_at(index, why).map(Cancelled::from_outcome);
        }
        let begun = index == self.walked && self.position > 0;
        if index > self.walked || (index == self.walked && !begun) {
            return self.remove_unsent(index)?.into_payload().map(Cancelled::Recalled);
        }
        let position = self.position;
        let entry = self.entries.get_mut(index)?;
        entry.ownerless = true;
        if !begun || !entry.layout.can_abort(position) || !self.aborts.spend() {
            return Some(Cancelled::TooLate);
        }
        entry.fate = Fate::Aborting;
        self.finish_abort();
        Some(Cancelled::Aborted)
    }

    /// Lets a write run on without its owner; `None` if there is none such, `Some(false)` if it has no room yet or failed.
    pub(crate) fn detach(&mut self, id: TaskId) -> Option<bool> {
        let index = self.find_any(id)?;
        let has_room = index < self.done + self.admitted;
        let entry = self.entries.get_mut(index)?;
        match entry.fate {
            Fate::Sent { .. } => drop(self.take_entry(index)),
            Fate::NotSent | Fate::Unknown => return Some(false),
            _ if !has_room => return Some(false),
            _ => entry.ownerless = true,
        }
        Some(true)
    }

    pub(crate) fn status(&self, id: TaskId) -> Option<Status> {
        Some(match self.entries.get(self.find_any(id)?)?.fate {
            Fate::Queued | Fate::Aborting | Fate::Handed { .. } => Status::Pending,
            Fate::Sent { .. } => Status::Success,
            Fate::NotSent => Status::Failure,
            Fate::Unknown => Status::Unknown,
        })
    }

    pub(crate) fn traffic(&self) -> Traffic {
        self.tally.with_queued(self.undecided)
    }

    /// The end of a write, once; `None` while it has none. `why` says why the connection is over.
    pub(crate) fn take(
        &mut self,
        id: TaskId,
        why: impl Fn() -> Option<CloseReason>,
    ) -> Option<Outcome<S::Payload>> {
        let index = self.find(id)?;
        if index < self.done { self.take_at(index, why) } else { None }
    }

    /// The next write that came to its end and was not announced yet.
    pub(crate) fn poll_done(&mut self) -> Option<TaskId> {
        if self.told >= self.done {
            return None;
        }
        let id = self.entries.get(self.told)?.id;
        self.told += 1;
        Some(id)
    }

    /// Gives back memory that is not needed now.
    pub(crate) fn rest(&mut self) {
        self.entries.rest();
    }
}

impl<P> Cancelled<P> {
    fn from_outcome(outcome: Outcome<P>) -> Self {
        match outcome {
            Outcome::Sent { .. } => Self::TooLate,
            Outcome::NotSent { payload, .. } => Self::Recalled(payload),
            Outcome::Unknown { .. } => Self::Unknown,
        }
    }
}
