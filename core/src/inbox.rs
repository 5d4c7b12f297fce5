//! Bytes → messages: frames are checked before anything of them is acted on, messages wait for their readers.

mod idle;
mod packed;
mod receive;

use crate::budget::AbortBudget;
use crate::control::MAX_CONTROL;
use crate::frame::{Kind, MAX_FRAME};
use crate::limits::Limits;
use crate::stats::{Tally, Traffic};
use crate::storage::Storage;
use crate::turnstile::{Taken, Turnstile};
use crate::{Config, Instant, Status, TaskId};
pub(crate) use idle::IdleInbox;

/// Received messages and the reads that wait for them.
pub(crate) struct Inbox<S: Storage> {
    reading: Reading<S>,
    announced: Option<Announced<S::Buffer>>,
    /// How many bytes of announced messages have come, each announcement counted as one.
    growth: u64,
    turnstile: Turnstile<S, Message<S::Payload>>,
    /// What came behind the turnstile's items, and how many messages that is.
    packs: S::Packs,
    packed: usize,
    charged: usize,
    /// Messages that came in whole, and those of them that were kept for a reader.
    arrived: u64,
    kept: u64,
    /// Messages are counted and thrown away: nobody will read them.
    discarding: bool,
    aborts: AbortBudget,
    tally: Tally,
    limits: Limits,
    message_limit: u32,
    /// The longest message that may come in one frame.
    whole_limit: u32,
    plain: bool,
}

/// Where in a frame the next byte belongs. A tag of its own is looked at more quickly than what the compiler would hide
/// in a variant.
#[repr(u8)]
enum Reading<S: Storage> {
    Word {
        bytes: [u8; 4],
        have: u8,
    },
    /// A message of this length is next, but there is no room for it yet.
    Held {
        length: u32,
        announced: bool,
    },
    Whole {
        left: u32,
        buffer: S::Buffer,
    },
    Chunk {
        left: u32,
    },
    /// The payload of a control frame is next.
    Small {
        kind: Kind,
        length: u8,
    },
    /// It has come in part.
    Part(S::Rare<Part>),
    /// Bytes that nobody wants; with the last of them a message may be complete.
    Waste {
        left: u32,
        message: bool,
    },
}

impl<S: Storage> Reading<S> {
    const fn next_frame() -> Self {
        Self::Word { bytes: [0; 4], have: 0 }
    }
}

/// A control frame of whose payload not all has come.
struct Part {
    kind: Kind,
    length: u8,
    have: u8,
    bytes: [u8; MAX_CONTROL],
}

/// A message that waits for its reader.
struct Message<P> {
    /// Its place among those that were kept, from 1.
    number: u64,
    payload: P,
}

/// A message that comes in chunks; without a buffer if it is thrown away.
struct Announced<B> {
    buffer: Option<B>,
    left: u32,
}

// What the application does.
impl<S: Storage> Inbox<S> {
    pub(crate) fn new(config: &Config, now: Instant) -> Self {
        Self::with_budget(config, AbortBudget::new(now))
    }

    fn with_budget(config: &Config, aborts: AbortBudget) -> Self {
        let message_limit = config.message_limit.min(S::MESSAGE_LIMIT);
        let mut limits = Limits::new(config);
        limits.cap_messages(Turnstile::<S, Message<S::Payload>>::ITEMS);
        Self {
            reading: Reading::next_frame(),
            announced: None,
            growth: 0,
            turnstile: Turnstile::new(),
            packs: S::Packs::default(),
            packed: 0,
            charged: 0,
            arrived: 0,
            kept: 0,
            discarding: false,
            aborts,
            tally: Tally::default(),
            limits,
            message_limit,
            whole_limit: if config.is_plain() { message_limit } else { message_limit.min(MAX_FRAME) },
            plain: config.is_plain(),
        }
    }

    /// Queues a read; `false` if the storage is full.
    pub(crate) fn enter(&mut self, read: TaskId) -> bool {
        let entered = self.turnstile.enter(read);
        if self.packed > 0 && self.turnstile.tickets() > self.turnstile.items() {
            self.unpack();
        }
        entered
    }

    pub(crate) fn take(&mut self, read: TaskId) -> Taken<S::Payload> {
        match self.turnstile.take(read) {
            Taken::Item(message) => Taken::Item(self.release(message)),
            Taken::Pending => Taken::Pending,
            Taken::Ended => Taken::Ended,
            Taken::NoTicket => Taken::NoTicket,
        }
    }

    /// Takes the first message that no read waits for.
    pub(crate) fn take_unclaimed(&mut self) -> Option<S::Payload> {
        if self.packed > 0 && self.turnstile.items() <= self.turnstile.tickets() {
            self.unpack();
        }
        let message = self.turnstile.take_unclaimed()?;
        Some(self.release(message))
    }

    fn release(&mut self, message: Message<S::Payload>) -> S::Payload {
        self.charged -= Limits::cost(message.payload.as_ref().len());
        self.admit_empty();
        message.payload
    }

    /// An empty message that was held back is complete as soon as there is room: no byte may ever follow it.
    fn admit_empty(&mut self) {
        if let Reading::Held { length: 0, announced } = self.reading
            && self.has_room(0)
        {
            self.begin_message(0, announced);
        }
    }

    pub(crate) fn cancel(&mut self, read: TaskId) -> bool {
        self.turnstile.cancel(read)
    }

    pub(crate) fn status(&self, read: TaskId) -> Option<Status> {
        self.turnstile.status(read)
    }

    pub(crate) fn poll_ready(&mut self) -> Option<TaskId> {
        self.turnstile.poll_ready()
    }

    /// How many messages wait to be read.
    pub(crate) fn waiting(&self) -> usize {
        self.turnstile.items() + self.packed
    }

    pub(crate) fn traffic(&self) -> Traffic {
        self.tally.with_queued(self.waiting())
    }

    /// How many reads are queued.
    pub(crate) fn reads(&self) -> usize {
        self.turnstile.tickets()
    }
}

// What the connection's life does.
impl<S: Storage> Inbox<S> {
    /// Nothing more will come.
    pub(crate) fn end(&mut self) {
        self.turnstile.end();
        self.reading = Reading::next_frame();
        self.announced = None;
    }

    /// Gives back memory that is not needed now.
    pub(crate) fn rest(&mut self) {
        self.turnstile.rest();
    }

    /// Nobody will read any more: what waits is thrown away and no longer counted as taken in. Neither is what was read
    /// out of turn behind it, since an acknowledgement counts the first messages.
    pub(crate) fn abandon(&mut self) {
        self.discard();
        match self.turnstile.discard() {
            Some(first) => self.kept = first.number - 1,
            None => self.kept -= self.packed as u64,
        }
        while self.turnstile.discard().is_some() {}
        (self.packs, self.packed, self.charged) = (S::Packs::default(), 0, 0);
    }

    /// Messages that have no room, and all after them, are thrown away from now on.
    pub(crate) fn discard_overflow(&mut self) {
        if self.is_stalled() {
            self.discard();
        }
    }

    pub(crate) const fn is_discarding(&self) -> bool {
        self.discarding
    }

    fn discard(&mut self) {
        self.discarding = true;
        if let Some(announced) = &mut self.announced {
            announced.buffer = None;
        }
        if let Reading::Whole { left, .. } = self.reading {
            self.reading = Reading::Waste { left, message: true };
        }
        self.admit_empty();
    }

    /// How many messages came in whole.
    pub(crate) const fn arrived(&self) -> u64 {
        self.arrived
    }

    /// How many messages were taken in, which is what an acknowledgement may say.
    pub(crate) const fn taken_in(&self) -> u64 {
        self.kept
    }

    pub(crate) fn is_mid_message(&self) -> bool {
        self.announced.is_some() || !matches!(self.reading, Reading::Word { have: 0, .. })
    }

    /// A number that changes with every byte that an announced message gets; `None` when there is none such.
    pub(crate) fn announced_growth(&self) -> Option<u64> {
        self.announced.as_ref().map(|_| self.growth)
    }

    /// Whether a message is next for which there is no room.
    pub(crate) fn is_stalled(&self) -> bool {
        matches!(self.reading, Reading::Held { length, .. } if !self.has_room(length))
    }

    fn has_room(&self, length: u32) -> bool {
        self.discarding || self.limits.admit(self.waiting(), self.charged, size(length))
    }
}

/// A length on the wire as a length in memory; never more than 2³¹ − 1.
fn size(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
