//! The reference for small messages in one: those that are queued together, and those that came together.

use core::ops::Range;

use bowline_core::{Status, TaskId};

use super::{End, Flow, Write};
use crate::tap::Tap;

/// Longer messages get places of their own.
const SMALL: usize = 4 << 10;

/// Several small messages in one write.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) id: TaskId,
    /// Which of the writes these are.
    pub(crate) messages: Range<usize>,
    /// The script still asks for its end.
    pub(crate) owned: bool,
    seen: Option<Status>,
}

/// The messages that came in one piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Together(u64);

/// How far a batch came, says the end that wrote it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    /// It was taken back; what has begun still leaves, unless the connection is over.
    Recalled { over: bool },
    /// The connection ended; with the system having confirmed so many bytes.
    Broken {
        torn: bool,
        /// Bytes may have left since then.
        runs_on: bool,
        confirmed: u64,
    },
}

impl Write {
    /// One that nobody owns.
    pub(super) const fn of(message: Vec<u8>) -> Self {
        let (id, end, seen, left, came) = (None, None, None, None, None);
        Self { id, message, owned: false, end, seen, left, place: 0, taken: false, came }
    }
}

// The writing side.
impl Flow {
    pub(crate) fn wrote_batch(&mut self, id: TaskId, messages: Vec<Vec<u8>>) {
        let from = self.writes.len();
        self.writes.extend(messages.into_iter().map(Write::of));
        self.batches.push(Batch { id, messages: from..self.writes.len(), owned: true, seen: None });
    }

    /// As for a single write.
    pub(crate) fn saw_batch(&mut self, index: usize, status: Option<Status>, confirmed: u64) {
        let batch = &mut self.batches[index];
        let status = status.expect("I3: an owned batch has a status");
        assert!(batch.seen.is_none_or(|seen| seen == status), "I3: {batch:?} was revised: {status:?}");
        batch.seen = Some(status).filter(|&status| status != Status::Pending);
        let last = &self.writes[batch.messages.end - 1];
        let whole = last.left.is_some() && last.place <= confirmed;
        assert!(status != Status::Success || whole, "I3: {last:?} was sent before the system had it");
    }

    /// All of a batch is with the system; the last message has this number.
    pub(crate) fn batch_sent(&mut self, index: usize, number: u64) {
        let messages = self.disown(index);
        for (at, behind) in messages.rev().zip(0..) {
            self.end_of(at, End::Sent(number - behind));
        }
    }

    /// A batch runs on without a handle.
    pub(crate) fn batch_detached(&mut self, index: usize) {
        self.disown(index).for_each(|at| self.end_of(at, End::Detached));
    }

    /// A batch ended before all of it had left: `unsent` is exactly what no byte left of. How many messages that was.
    pub(crate) fn batch_stopped(&mut self, index: usize, unsent: &[Vec<u8>], tap: &Tap, stop: Stop) -> usize {
        let messages = self.disown(index);
        assert!(unsent.len() <= messages.len(), "I1: more was handed back than given");
        let begun = messages.start..messages.end - unsent.len();
        let stayed = begun.end..messages.end;
        let same =
            self.writes[stayed.clone()].iter().zip(unsent).all(|(write, unsent)| write.message == *unsent);
        assert!(same, "I1: other messages were handed back");
        self.check_begun(&begun, &stayed, tap);
        let recalled = matches!(stop, Stop::Recalled { over: false });
        let end = if recalled { End::Recalled } else { End::NotSent };
        stayed.for_each(|at| self.end_of(at, end));
        let (others, last) = self.ends_of_begun(&begun, stop);
        begun.clone().for_each(|at| self.end_of(at, if at + 1 == begun.end { last } else { others }));
        begun.len()
    }

    /// Of each that has begun a byte has left, and of no other.
    fn check_begun(&self, begun: &Range<usize>, stayed: &Range<usize>, tap: &Tap) {
        let next = self.next_to_leave();
        for at in begun.clone() {
            let (whole, last) = (self.writes[at].left.is_some(), at + 1 == begun.end);
            let part = last && at == next && !tap.is_at_boundary();
            assert!(whole || part, "I5: not handed back, and no byte of it left: {:?}", self.writes[at]);
        }
        let part = tap.is_in_message() && stayed.contains(&next);
        assert!(!part, "I5: handed back, and bytes of it have left: {:?}", self.writes[next]);
    }

    /// What became of the messages that have begun: of all but the last, and of that.
    fn ends_of_begun(&self, begun: &Range<usize>, stop: Stop) -> (End, End) {
        let (torn, runs_on, confirmed) = match stop {
            Stop::Recalled { over: false } => return (End::TooLate, End::TooLate),
            Stop::Recalled { over: true } => return (End::Unknown, End::Unknown),
            Stop::Broken { torn, runs_on, confirmed } => (torn, runs_on, confirmed),
        };
        assert!(!torn || !begun.is_empty(), "I3: nothing has begun, and is torn");
        let mut whole = self.writes[begun.clone()].iter().map(|w| w.left.is_some() && w.place <= confirmed);
        let last = whole.clone().next_back();
        assert!(torn || whole.all(|whole| whole), "I3: not torn, and the system does not have all of it");
        assert!(!torn || runs_on || last == Some(false), "I3: torn, and the system has all of it");
        (End::Unknown, if torn { End::Unknown } else { End::TooLate })
    }

    fn disown(&mut self, index: usize) -> Range<usize> {
        let batch = &mut self.batches[index];
        assert!(batch.owned, "I3: {batch:?} ended twice");
        batch.owned = false;
        batch.messages.clone()
    }

    fn end_of(&mut self, at: usize, end: End) {
        self.writes[at].end = Some(end);
        self.check_write(at);
    }
}

// The reading side.
impl Flow {
    /// With whom a message comes that nobody waits for.
    pub(super) fn comes_together(&self, index: usize) -> Option<Together> {
        let alone = self.items.len() < self.reads.len() || self.writes[index].message.len() > SMALL;
        (!alone).then_some(Together(self.times))
    }

    /// Whether the message that came last is long, and the one before it waits in one piece with others.
    pub(crate) fn came_long_behind_small(&self) -> bool {
        let mut last = self.items.iter().rev().map(|&index| &self.writes[index]);
        let (Some(long), Some(before)) = (last.next(), last.next()) else { return false };
        long.message.len() > SMALL && before.came.is_some()
    }

    /// Messages were taken together: those that are next for whoever has no read. Whether one of the same piece had been read
    /// before.
    pub(crate) fn took_batch(&mut self, messages: &[Vec<u8>]) -> bool {
        let from = self.reads.len();
        let taken: Vec<usize> = self.items.drain(from..from + messages.len()).collect();
        let same = taken.iter().zip(messages).all(|(&index, message)| self.writes[index].message == *message);
        assert!(same, "I4: taken together, and not what is next");
        taken.iter().for_each(|&index| self.writes[index].taken = true);
        self.left_before(taken[0]).is_some_and(|before| {
            before.taken && before.came.is_some() && before.came == self.writes[taken[0]].came
        })
    }

    /// Whether the next message is empty and has room in the reader's queue.
    pub(crate) fn has_room_for_empty(&self, messages: usize, bytes: usize) -> bool {
        let empty = |&index: &usize| self.writes[index].message.is_empty();
        self.left.get(self.arrived).is_some_and(empty) && self.has_room_for_next(messages, bytes)
    }

    /// How long those are that wait behind the first so many.
    pub(crate) fn lengths_behind(&self, count: usize) -> Vec<usize> {
        self.items.iter().skip(count).map(|&index| self.writes[index].message.len()).collect()
    }

    fn left_before(&self, index: usize) -> Option<&Write> {
        let before = self.left.iter().rposition(|&left| left == index)?.checked_sub(1)?;
        Some(&self.writes[self.left[before]])
    }
}
