//! The plain reference: what must come of writes and reads in one direction, whatever else happens.

mod batches;

use core::ops::RangeInclusive;
use std::collections::VecDeque;

pub(crate) use batches::Stop;
use batches::{Batch, Together};
use bowline_core::{MESSAGE_OVERHEAD, Outcome, ReadError, Status, TaskId};

/// How a write ended, as its program saw it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    Sent(u64),
    NotSent,
    Unknown,
    Recalled,
    Aborted,
    TooLate,
    /// Nobody asks, and nobody stops it.
    Detached,
}

impl End {
    pub(crate) fn of<P>(outcome: &Outcome<P>) -> Self {
        match outcome {
            Outcome::Sent { number } => Self::Sent(*number),
            Outcome::NotSent { .. } => Self::NotSent,
            _ => Self::Unknown,
        }
    }

    /// The peer must never see the message.
    pub(crate) const fn forbids_arrival(self) -> bool {
        matches!(self, Self::NotSent | Self::Recalled | Self::Aborted)
    }

    const fn was_taken_back(self) -> bool {
        matches!(self, Self::Recalled | Self::Aborted)
    }

    const fn status(self) -> Status {
        match self {
            Self::Sent(_) | Self::TooLate | Self::Detached => Status::Success,
            Self::NotSent | Self::Recalled | Self::Aborted => Status::Failure,
            Self::Unknown => Status::Unknown,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) id: Option<TaskId>,
    pub(crate) message: Vec<u8>,
    /// The script still asks for this write's end.
    pub(crate) owned: bool,
    pub(crate) end: Option<End>,
    seen: Option<Status>,
    /// Its number among those that left whole, from 1.
    left: Option<u64>,
    /// Where in the stream it ended.
    place: u64,
    taken: bool,
    /// With whom it came, if nobody waited for it.
    came: Option<Together>,
}

/// One direction: the writes of one side, the reads of the other.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    pub(crate) writes: Vec<Write>,
    pub(crate) batches: Vec<Batch>,
    pub(crate) reads: Vec<TaskId>,
    /// Messages that left whole, in order.
    left: Vec<usize>,
    /// Those of them that wait for the reader.
    items: VecDeque<usize>,
    /// How many of them have come.
    arrived: usize,
    thrown: bool,
    /// How often messages came.
    times: u64,
}

// The writing side.
impl Flow {
    pub(crate) fn wrote(&mut self, id: TaskId, message: Vec<u8>) {
        self.writes.push(Write { id: Some(id), owned: true, ..Write::of(message) });
    }

    /// A message was queued of which nobody will ask.
    pub(crate) fn posted(&mut self, message: Vec<u8>) {
        self.writes.push(Write { end: Some(End::Detached), ..Write::of(message) });
    }

    /// A hostile end has sent a whole message.
    pub(crate) fn smuggled(&mut self, message: Vec<u8>) {
        let left = Some(self.left.len() as u64 + 1);
        self.left.push(self.writes.len());
        self.writes.push(Write { left, ..Write::of(message) });
    }

    /// A whole message has left: it is the oldest one that may still leave.
    pub(crate) fn leaves(&mut self, message: &[u8], place: u64) {
        let index = self.next_to_leave();
        assert!(self.writes[index].message == message, "I1: another message left than {index}");
        self.left.push(index);
        (self.writes[index].left, self.writes[index].place) = (Some(self.left.len() as u64), place);
        self.check_write(index);
    }

    /// The oldest message that may still leave.
    fn next_to_leave(&self) -> usize {
        let from = self.left.last().map_or(0, |last| last + 1);
        let stays = |write: &Write| write.end.is_some_and(End::forbids_arrival);
        from + self.writes[from..].iter().take_while(|write| stays(write)).count()
    }

    /// A write has come to its end.
    pub(crate) fn ended(&mut self, index: usize, end: End) {
        let write = &mut self.writes[index];
        assert!(write.end.is_none() && write.owned, "I3: {write:?} ended twice: {end:?}");
        let revised = end != End::Detached && write.seen.is_some_and(|seen| seen != end.status());
        assert!(!revised, "I3: {write:?} was revised: {end:?}");
        (write.end, write.owned) = (Some(end), false);
        self.check_write(index);
    }

    /// Compares the status of a write with what it was before, and with the bytes that the system has confirmed.
    pub(crate) fn saw(&mut self, index: usize, status: Option<Status>, confirmed: u64) {
        let write = &mut self.writes[index];
        let early = status == Some(Status::Success) && write.place > confirmed;
        assert!(!early, "I3: {write:?} was sent, says {status:?}, before the system had it");
        let status = status.expect("I3: an owned write has a status");
        assert!(write.seen.is_none_or(|seen| seen == status), "I3: {write:?} was revised: {status:?}");
        write.seen = Some(status).filter(|&status| status != Status::Pending);
    }

    /// A message that ended in failure never leaves whole; one that was sent has its number.
    fn check_write(&self, index: usize) {
        let write = &self.writes[index];
        match (write.left, write.end) {
            (Some(_), Some(end)) if end.forbids_arrival() => panic!("I5: it left all the same: {write:?}"),
            (left, Some(End::Sent(number))) => assert_eq!(left, Some(number), "I3: {write:?}"),
            _ => {}
        }
    }
}

// The reading side.
impl Flow {
    /// The reader's queue holds so many messages.
    pub(crate) fn arrivals(&mut self, unread: usize) {
        assert!(unread >= self.items.len(), "I4: messages were lost: {unread} of {:?}", self.items);
        self.times += u64::from(self.items.len() < unread);
        while self.items.len() < unread {
            assert!(self.arrived < self.left.len(), "I2: more messages came than left");
            let index = self.left[self.arrived];
            self.writes[index].came = self.comes_together(index);
            self.items.push_back(index);
            self.arrived += 1;
        }
    }

    /// What this read must yield.
    pub(crate) fn owned_by(&self, read: TaskId) -> Option<usize> {
        let place = self.reads.iter().position(|&live| live == read)?;
        self.items.get(place).copied()
    }

    /// The read at this place must yield this.
    pub(crate) fn owned_at(&self, place: usize) -> Option<usize> {
        self.items.get(place).copied()
    }

    /// A read was taken; whether it yielded a message.
    pub(crate) fn take(&mut self, read: TaskId, taken: Result<Option<&[u8]>, ReadError>) -> bool {
        let place = self.reads.iter().position(|&live| live == read).expect("a live read");
        match (taken, self.items.get(place).copied()) {
            (Ok(Some(message)), Some(index)) => {
                assert!(message == self.writes[index].message, "I1: another message than {index}");
                self.items.remove(place);
                self.reads.remove(place);
                self.writes[index].taken = true;
                return true;
            }
            (Ok(None), None) => {}
            (Err(ReadError::Closed(_)), None) => {
                self.reads.remove(place);
            }
            (taken, expected) => panic!("I4: took {taken:?} instead of {expected:?}"),
        }
        false
    }

    pub(crate) fn take_unclaimed(&mut self, message: Option<&[u8]>) {
        let index = self.items.remove(self.reads.len());
        assert!(message == index.map(|index| &self.writes[index].message[..]), "I4: unclaimed {index:?}");
        if let Some(index) = index {
            self.writes[index].taken = true;
        }
    }

    /// The reader is gone and its messages with it.
    pub(crate) fn abandon(&mut self) {
        self.thrown = true;
        self.items.clear();
        self.reads.clear();
    }

    /// Whether the next message is known and has room in the reader's queue. One that was withdrawn may stand before it.
    pub(crate) fn has_room_for_next(&self, messages: usize, bytes: usize) -> bool {
        let Some(&next) = self.left.get(self.arrived) else { return false };
        let from = self.arrived.checked_sub(1).map_or(0, |last| self.left[last] + 1);
        let withdrawn = self.writes[from..next].iter().any(|write| write.end == Some(End::Aborted));
        let cost = |&index: &usize| self.writes[index].message.len() + MESSAGE_OVERHEAD;
        let charged: usize = self.items.iter().chain([&next]).map(cost).sum();
        !withdrawn && (self.items.is_empty() || (self.items.len() < messages && charged <= bytes))
    }

    pub(crate) fn waiting(&self) -> usize {
        self.items.len()
    }

    /// What waits for the reader is within its limits, or is one message.
    pub(crate) fn check_limits(&self, messages: usize, bytes: usize) {
        let cost = |&index: &usize| self.writes[index].message.len() + MESSAGE_OVERHEAD;
        let held = self.items.len();
        if held > 1 {
            let charged: usize = self.items.iter().map(cost).sum();
            assert!(held <= messages && charged <= bytes, "I6: {held} messages of {charged} bytes");
        }
    }
}

// The end.
impl Flow {
    /// Nobody tore the connection apart: a message arrived if it was sent, and only then.
    pub(crate) fn check_lossless(&self) {
        for write in &self.writes {
            let arrived = write.left.is_some_and(|number| number <= self.arrived as u64);
            assert_eq!(write.taken, arrived, "I1: not everything was read: {write:?}");
            let must = matches!(write.end, Some(End::Sent(_) | End::TooLate | End::Detached));
            assert!(arrived || !must, "I1: {write:?} is lost");
            assert!(write.end != Some(End::Unknown), "I3: {write:?}");
        }
    }

    /// The first `confirmed` messages were taken in, says the reader's side; read, if it left before it said so.
    pub(crate) fn check_confirmed(&self, confirmed: u64, only_read: bool) {
        assert!(confirmed <= self.arrived as u64, "I15: {confirmed} confirmed, {} came", self.arrived);
        let mut first = self.left.iter().zip(1..=confirmed).map(|(&index, _)| &self.writes[index]);
        assert!(
            !only_read || !self.thrown || first.all(|write| write.taken),
            "I15: confirmed and thrown away"
        );
    }

    /// A clean close leaves nothing behind, whoever held it: what did not leave was taken back.
    pub(crate) fn check_all_left(&self) {
        let stayed = |write: &&Write| write.left.is_none() && !write.end.is_some_and(End::was_taken_back);
        assert!(!self.writes.iter().any(|write| stayed(&write)), "I15: clean, and something never left");
    }

    /// How many messages left, or would have. One that was being stopped may be among them.
    pub(crate) fn numbered(&self) -> RangeInclusive<u64> {
        let stayed = |write: &&Write| write.left.is_none() && write.end.is_some_and(End::was_taken_back);
        let count = (self.writes.len() - self.writes.iter().filter(stayed).count()) as u64;
        let stopped = self.writes.iter().any(|write| write.end == Some(End::Aborted));
        count..=count + u64::from(stopped)
    }

    /// How many messages left whole.
    pub(crate) fn sent(&self) -> u64 {
        self.left.len() as u64
    }

    pub(crate) fn came(&self) -> u64 {
        self.arrived as u64
    }
}
