//! The plain reference: what must come of writes and reads in one direction, whatever else happens.

use core::time::Duration;
use std::collections::VecDeque;

use bowline_core::{Config, Heartbeat, MESSAGE_OVERHEAD, Outcome, ReadError, Status, TaskId};

/// How a write ended, as its program saw it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum End {
    Sent(u64),
    NotSent,
    Unknown,
    Recalled,
    Aborted,
    TooLate,
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
    const fn forbids_arrival(self) -> bool {
        matches!(self, Self::NotSent | Self::Recalled | Self::Aborted)
    }

    const fn status(self) -> Status {
        match self {
            Self::Sent(_) | Self::TooLate => Status::Success,
            Self::NotSent | Self::Recalled | Self::Aborted => Status::Failure,
            Self::Unknown => Status::Unknown,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) id: TaskId,
    pub(crate) message: Vec<u8>,
    /// The script still asks for this write's end.
    pub(crate) owned: bool,
    pub(crate) end: Option<End>,
    seen: Option<Status>,
    arrived: Option<u64>,
    taken: bool,
}

/// One direction: the writes of one side, the reads of the other.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    pub(crate) writes: Vec<Write>,
    pub(crate) reads: Vec<TaskId>,
    items: VecDeque<usize>,
    next: usize,
    arrived: u64,
    thrown: bool,
}

// The writing side.
impl Flow {
    pub(crate) fn wrote(&mut self, id: TaskId, message: Vec<u8>) {
        self.writes.push(Write {
            id,
            message,
            owned: true,
            end: None,
            seen: None,
            arrived: None,
            taken: false,
        });
    }

    /// A write has come to its end.
    pub(crate) fn ended(&mut self, index: usize, end: End) {
        let write = &mut self.writes[index];
        assert!(write.end.is_none() && write.owned, "{write:?} ended twice: {end:?}");
        assert!(write.seen.is_none_or(|seen| seen == end.status()), "{write:?} was revised: {end:?}");
        (write.end, write.owned) = (Some(end), false);
        self.check_write(index);
    }

    /// Compares the status of a write with what it was before.
    pub(crate) fn saw(&mut self, index: usize, status: Option<Status>) {
        let write = &mut self.writes[index];
        let status = status.expect("an owned write has a status");
        assert!(write.seen.is_none_or(|seen| seen == status), "{write:?} was revised: {status:?}");
        write.seen = Some(status).filter(|&status| status != Status::Pending);
    }

    /// A message that ended in failure never arrives; one that arrived has its number.
    fn check_write(&self, index: usize) {
        let write = &self.writes[index];
        match (write.arrived, write.end) {
            (Some(_), Some(end)) if end.forbids_arrival() => panic!("arrived all the same: {write:?}"),
            (Some(arrived), Some(End::Sent(number))) => assert_eq!(arrived, number, "{write:?}"),
            _ => {}
        }
    }
}

// The reading side.
impl Flow {
    /// The reader's queue holds so many messages: the next ones that may arrive, in order.
    pub(crate) fn arrivals(&mut self, unread: usize) {
        assert!(unread >= self.items.len(), "messages were lost: {unread} of {:?}", self.items);
        while self.items.len() < unread {
            while self.writes[self.next].end.is_some_and(End::forbids_arrival) {
                self.next += 1;
            }
            self.arrived += 1;
            self.writes[self.next].arrived = Some(self.arrived);
            self.check_write(self.next);
            self.items.push_back(self.next);
            self.next += 1;
        }
    }

    /// What this read must yield.
    pub(crate) fn owned_by(&self, read: TaskId) -> Option<usize> {
        let place = self.reads.iter().position(|&live| live == read)?;
        self.items.get(place).copied()
    }

    pub(crate) fn take(&mut self, read: TaskId, taken: Result<Option<&[u8]>, ReadError>) {
        let place = self.reads.iter().position(|&live| live == read).expect("a live read");
        match (taken, self.items.get(place).copied()) {
            (Ok(Some(message)), Some(index)) => {
                assert!(message == self.writes[index].message, "another message than {index}");
                self.items.remove(place);
                self.reads.remove(place);
                self.writes[index].taken = true;
            }
            (Ok(None), None) => {}
            (Err(ReadError::Closed(_)), None) => {
                self.reads.remove(place);
            }
            (taken, expected) => panic!("took {taken:?} instead of {expected:?}"),
        }
    }

    pub(crate) fn take_unclaimed(&mut self, message: Option<&[u8]>) {
        let index = self.items.remove(self.reads.len());
        assert!(message == index.map(|index| &self.writes[index].message[..]), "unclaimed {index:?}");
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

    /// What waits for the reader is within its limits, or is one message.
    pub(crate) fn check_limits(&self, messages: usize, bytes: usize) {
        let cost = |&index: &usize| self.writes[index].message.len() + MESSAGE_OVERHEAD;
        let charged: usize = self.items.iter().map(cost).sum();
        let held = self.items.len();
        assert!(held <= 1 || (held <= messages && charged <= bytes), "{held} messages of {charged} bytes");
    }
}

// The end.
impl Flow {
    /// Nobody tore the connection apart: a message arrived if it was sent, and only then.
    pub(crate) fn check_lossless(&self) {
        for write in &self.writes {
            assert_eq!(write.taken, write.arrived.is_some(), "not everything was read");
            let must = matches!(write.end, Some(End::Sent(_) | End::TooLate));
            assert!(write.arrived.is_some() || !must, "{write:?} is lost");
            assert!(write.end != Some(End::Unknown), "{write:?}");
        }
    }

    /// The first `confirmed` messages were taken in, says the reader's side; read, if it left before it said so.
    pub(crate) fn check_confirmed(&self, confirmed: u64, only_read: bool) {
        assert!(confirmed <= self.arrived, "{confirmed} confirmed, {} came", self.arrived);
        let mut first =
            self.writes.iter().filter(|write| write.arrived.is_some_and(|number| number <= confirmed));
        assert!(!only_read || !self.thrown || first.all(|write| write.taken), "confirmed and thrown away");
    }

    /// How many messages went out whole.
    pub(crate) fn sent(&self) -> u64 {
        let numbers = self.writes.iter().filter_map(|write| match write.end {
            Some(End::Sent(number)) => Some(number),
            _ => write.arrived,
        });
        numbers.max().unwrap_or(0)
    }
}

/// What a script's connection is configured with, as the reference needs it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) chunk: u32,
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
    /// Seconds; 0 is none.
    pub(crate) heartbeat: usize,
}

impl Settings {
    pub(crate) fn choose(mut byte: impl FnMut() -> u8) -> Self {
        let mut pick = |choices: [usize; 4]| choices[usize::from(byte() % 4)];
        let chunk = u32::try_from(pick([1, 7, 64, 200])).unwrap_or(1);
        Self {
            chunk,
            messages: pick([1, 2, 5, 1024]),
            bytes: pick([0, 300, 1000, 1 << 20]),
            heartbeat: pick([0, 1, 1, 2]),
        }
    }

    pub(crate) fn config(self) -> Config {
        let interval = Duration::from_secs(self.heartbeat as u64);
        let heartbeat = (self.heartbeat > 0).then_some(Heartbeat { interval, misses: 3 });
        let config = Config::new().chunk_size(self.chunk).heartbeat(heartbeat);
        config.queue_messages(self.messages).queue_bytes(self.bytes)
    }
}
