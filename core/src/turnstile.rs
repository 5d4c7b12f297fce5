//! Tickets and items: the one structure behind reads and accepts.

use crate::storage::{Queue, Storage};
use crate::{Status, TaskId};

/// Two queues: tickets (whoever waits) and items (whatever came).
///
/// *The n-th live ticket owns the n-th item, and an item leaves only by [`take`](Self::take).* Cancelling removes a
/// ticket, so that its item slides to the next one. That nothing is lost, doubled or reordered holds by construction.
pub(crate) struct Turnstile<S: Storage, T> {
    tickets: S::Queue<TaskId>,
    items: S::Queue<T>,
    /// How many tickets at the front were announced as ready.
    told: usize,
    /// No item will come any more: every ticket beyond the items is ready to hear that.
    ended: bool,
}

impl<S: Storage, T> Turnstile<S, T> {
    pub(crate) const ITEMS: usize = <S::Queue<T> as Queue<T>>::CAPACITY;

    pub(crate) fn new() -> Self {
        Self { tickets: Default::default(), items: Default::default(), told: 0, ended: false }
    }

    /// The only ticket, if there is one; `None` if there is more than that.
    pub(crate) fn idle(&self) -> Option<Option<TaskId>> {
        let is_idle = self.tickets.len() <= 1 && self.items.is_empty() && !self.ended;
        is_idle.then(|| self.tickets.get(0).copied())
    }

    /// One with this ticket or none.
    pub(crate) fn resume(ticket: Option<TaskId>) -> Self {
        let mut turnstile = Self::new();
        // Every queue holds one.
        ticket.into_iter().for_each(|ticket| _ = turnstile.enter(ticket));
        turnstile
    }

    /// See [`Queue::rest`].
    pub(crate) fn rest(&mut self) {
        self.tickets.rest();
        self.items.rest();
    }

    /// Queues a ticket; `false` if the storage is full.
    pub(crate) fn enter(&mut self, ticket: TaskId) -> bool {
        self.tickets.push_back(ticket).is_ok()
    }

    /// Takes the item that this ticket owns, and the ticket with it.
    pub(crate) fn take(&mut self, ticket: TaskId) -> Taken<T> {
        let Some(index) = self.position(ticket) else { return Taken::NoTicket };
        if index < self.items.len() {
            self.leave(index);
            return self.items.remove(index).map_or(Taken::NoTicket, Taken::Item);
        }
        if self.ended {
            self.leave(index);
            return Taken::Ended;
        }
        Taken::Pending
    }

    /// Removes a ticket; its item, if it had one, is the next ticket's. `false` if there is none such.
    pub(crate) fn cancel(&mut self, ticket: TaskId) -> bool {
        self.position(ticket).map(|index| self.leave(index)).is_some()
    }

    /// Takes the first item that no ticket owns.
    pub(crate) fn take_unclaimed(&mut self) -> Option<T> {
        self.items.remove(self.tickets.len())
    }

    /// Adds an item; hands it back if the storage is full.
    pub(crate) fn push(&mut self, item: T) -> Result<(), T> {
        self.items.push_back(item)
    }

    /// Removes the first item that matches, wherever it stands; the later ones slide up.
    pub(crate) fn withdraw(&mut self, matches: impl Fn(&T) -> bool) -> Option<T> {
        let index = (0..self.items.len()).find(|&index| self.items.get(index).is_some_and(&matches))?;
        self.told = self.told.min(self.items.len() - 1);
        self.items.remove(index)
    }

    /// No item will come any more.
    pub(crate) const fn end(&mut self) {
        self.ended = true;
    }

    /// Takes an item off the front whether or not a ticket owns it; for throwing everything away.
    pub(crate) fn discard(&mut self) -> Option<T> {
        self.items.pop_front()
    }

    /// The next ticket that became ready and was not announced yet.
    pub(crate) fn poll_ready(&mut self) -> Option<TaskId> {
        let ready = if self.ended { self.tickets.len() } else { self.items.len() };
        if self.told >= ready {
            return None;
        }
        let ticket = self.tickets.get(self.told).copied()?;
        self.told += 1;
        Some(ticket)
    }

    pub(crate) fn items(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn tickets(&self) -> usize {
        self.tickets.len()
    }

    /// How the task with this ticket stands; `None` if there is none such.
    pub(crate) fn status(&self, ticket: TaskId) -> Option<Status> {
        let index = self.position(ticket)?;
        Some(match index < self.items.len() {
            true => Status::Success,
            false if self.ended => Status::Failure,
            false => Status::Pending,
        })
    }

    fn position(&self, ticket: TaskId) -> Option<usize> {
        self.tickets.search(&ticket, |&ticket| ticket).ok()
    }

    fn leave(&mut self, index: usize) {
        self.tickets.remove(index);
        self.told -= usize::from(index < self.told);
    }
}

/// What came of taking.
pub(crate) enum Taken<T> {
    /// The ticket's item; both are gone from the turnstile.
    Item(T),
    /// Not yet.
    Pending,
    /// Never; the ticket is gone.
    Ended,
    /// There is no such ticket.
    NoTicket,
}
