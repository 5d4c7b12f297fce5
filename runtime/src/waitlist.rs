//! Waiting tasks in order, in little memory.

use core::mem;
use core::task::Waker;
use std::collections::VecDeque;

use crate::waiters::{Side, Ticket};

pub(crate) struct Waiting {
    pub(crate) ticket: Ticket,
    pub(crate) side: Side,
    pub(crate) waker: Waker,
}

/// Waiting tasks in the order of their tickets. Most of the time it is one, which needs no queue.
#[derive(Default)]
pub(crate) struct Waitlist {
    first: Option<Waiting>,
    /// Those behind the first.
    #[expect(clippy::box_collection, reason = "there rarely are any, and a pointer is smaller")]
    others: Option<Box<VecDeque<Waiting>>>,
}

impl Waitlist {
    pub(crate) const fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Enters a task; the waker that it waited with before.
    pub(crate) fn enter(&mut self, mut waiting: Waiting) -> Option<Waker> {
        let Some(first) = &mut self.first else {
            self.first = Some(waiting);
            return None;
        };
        if waiting.ticket == first.ticket {
            return Some(mem::replace(first, waiting).waker);
        }
        if waiting.ticket < first.ticket {
            mem::swap(first, &mut waiting);
        }
        let others = self.others.get_or_insert_default();
        match others.binary_search_by_key(&waiting.ticket, |other| other.ticket) {
            Ok(index) => Some(mem::replace(&mut others[index], waiting).waker),
            Err(index) => {
                others.insert(index, waiting);
                None
            }
        }
    }

    pub(crate) fn remove(&mut self, ticket: Ticket) -> Option<Waiting> {
        if self.first.as_ref().is_some_and(|first| first.ticket == ticket) {
            return self.take(0);
        }
        let others = self.others.as_ref()?;
        let index = others.binary_search_by_key(&ticket, |other| other.ticket).ok()?;
        self.take(index + 1)
    }

    /// Takes out the first that waits for this side, and says whether others do.
    pub(crate) fn take_first(&mut self, side: Side) -> (Option<Waiting>, bool) {
        let mut of_side = self.iter().enumerate().filter(|(_, waiting)| waiting.side == side);
        let (first, others) = (of_side.next().map(|(index, _)| index), of_side.next().is_some());
        drop(of_side);
        (first.and_then(|index| self.take(index)), others)
    }

    /// Takes out those who watch the connection's life: they are the last.
    pub(crate) fn take_watchers(&mut self) -> impl Iterator<Item = Waiting> + use<> {
        let is_task = |waiting: &Waiting| waiting.ticket.is_task();
        let first = self.first.take_if(|first| !is_task(first));
        let others = self.others.as_mut().map(|others| others.split_off(others.partition_point(is_task)));
        first.into_iter().chain(others.into_iter().flatten())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.first.iter().chain(self.others.iter().flat_map(|others| others.iter()))
    }

    /// Gives back memory that is not needed now.
    pub(crate) fn rest(&mut self) {
        self.others.take_if(|others| others.is_empty());
        self.others.iter_mut().for_each(|others| others.shrink_to_fit());
    }

    fn take(&mut self, index: usize) -> Option<Waiting> {
        match index.checked_sub(1) {
            None => {
                let next = self.others.as_mut().and_then(|others| others.pop_front());
                mem::replace(&mut self.first, next)
            }
            Some(index) => self.others.as_mut()?.remove(index),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// The tickets in this list, in its order.
    fn tickets(list: &Waitlist) -> Vec<u64> {
        list.iter().map(|waiting| waiting.ticket.number()).collect()
    }

    fn waiting(number: u64, side: Side) -> Waiting {
        Waiting { ticket: Ticket::numbered(number), side, waker: Waker::noop().clone() }
    }

    fn list(numbers: &[u64]) -> Waitlist {
        let mut list = Waitlist::default();
        for &number in numbers {
            assert!(list.enter(waiting(number, Side::Read)).is_none());
        }
        list
    }

    /// Mutants: whoever comes goes to the end, or to the front; the first is forgotten; a second entry of one task is another one.
    #[test]
    fn tasks_stand_in_the_order_of_their_tickets() {
        let orders = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]];
        for order in orders {
            for again in [1, 2, 3] {
                let mut list = list(&order);
                assert!(list.enter(waiting(again, Side::Write)).is_some());
                assert_eq!(tickets(&list), [1, 2, 3]);
            }
            for (gone, left) in [(1, [2, 3]), (2, [1, 3]), (3, [1, 2])] {
                let mut list = list(&order);
                assert!(list.remove(Ticket::numbered(4)).is_none());
                assert_eq!(list.remove(Ticket::numbered(gone)).map(|gone| gone.ticket.number()), Some(gone));
                assert!(list.remove(Ticket::numbered(gone)).is_none() && !list.is_empty());
                list.rest();
                assert_eq!(tickets(&list), left);
            }
        }
    }

    /// Mutants: the other side's is taken; the last; it is not said that there are more, or that there are none.
    #[test]
    fn the_first_of_a_side_is_taken() {
        let mut list = list(&[2, 4]);
        list.enter(waiting(3, Side::Write));
        let mut take = |side| {
            let (taken, more) = list.take_first(side);
            (taken.map(|taken| taken.ticket.number()), more)
        };
        assert_eq!(take(Side::Write), (Some(3), false));
        assert_eq!(take(Side::Write), (None, false));
        assert_eq!(take(Side::Read), (Some(2), true));
        assert_eq!(take(Side::Read), (Some(4), false));
        assert!(list.is_empty());
    }

    /// Mutants: tasks are taken, too; a watcher that is first stays.
    #[test]
    fn watchers_are_taken_and_tasks_stay() {
        for (tasks, watchers) in [(0, 0), (0, 1), (0, 3), (1, 0), (1, 1), (2, 2)] {
            let mut list = list(&(1..=tasks).collect::<Vec<_>>());
            for watcher in 0..watchers {
                list.enter(Waiting { ticket: Ticket::watch(watcher), ..waiting(1, Side::Read) });
            }
            assert_eq!(list.take_watchers().count() as u64, watchers);
            assert_eq!(tickets(&list), (1..=tasks).collect::<Vec<_>>());
        }
    }
}
