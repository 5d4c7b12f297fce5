//! The names of tasks and what becomes of them.

use core::num::NonZeroU64;

use crate::CloseReason;

/// The name of one read, write or accept; never used twice by one connection or listener.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TaskId(NonZeroU64);

impl TaskId {
    /// Behind every task, and nobody's.
    pub(crate) const LAST: Self = Self(NonZeroU64::MAX);

    /// The position of this task in the order in which its connection's tasks were made.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0.get()
    }
}

/// Gives out names in ascending order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TaskIds {
    last: Option<TaskId>,
}

impl TaskIds {
    pub(crate) const fn next(&mut self) -> TaskId {
        let next = match self.last {
            Some(TaskId(last)) => TaskId(last.saturating_add(1)),
            None => TaskId(NonZeroU64::MIN),
        };
        self.last = Some(next);
        next
    }
}

/// How a task stands. It leaves `Pending` once and never changes again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Status {
    /// Not decided yet.
    Pending,
    /// It was done.
    Success,
    /// Nothing happened; it is safe to try again.
    Failure,
    /// The connection broke with bytes on their way: the peer may or may not have them.
    Unknown,
}

/// The end of a write.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Outcome<P> {
    /// The whole message was handed to the transport.
    Sent {
        /// Its number among the messages sent, from 1: the numbers that a close reports.
        number: u64,
    },
    /// Not a byte of it left; here is the payload.
    NotSent {
        /// The message, as it was given.
        payload: P,
        /// Why the connection is over.
        reason: CloseReason,
    },
    /// The connection broke while bytes of it were on their way.
    Unknown {
        /// Why the connection is over.
        reason: CloseReason,
    },
}

/// The end of a batch that was written.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum BatchOutcome<B> {
    /// All of its messages were handed to the transport.
    Sent {
        /// The number of the last one.
        number: u64,
    },
    /// The connection ended before.
    Broken {
        /// Those of which not a byte left, in order.
        unsent: B,
        /// Whether the one before them is not known to have left whole; on a transport that confirms later, several before
        /// them may not have.
        torn: bool,
        /// Why the connection is over.
        reason: CloseReason,
    },
}

/// What cancelling a write did.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Cancelled<P> {
    /// It was never sent; here is the payload.
    Recalled(P),
    /// It stops at the next chunk; the peer is told to discard what it has. The connection lives on.
    Aborted,
    /// It was sent, or its last byte can't be stopped any more.
    TooLate,
    /// The connection broke while bytes of it were on their way.
    Unknown,
}

/// How an orderly close ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Closed {
    /// The peer's side has taken in every message.
    Clean,
    /// Everything was handed to the transport and the stream ended in order, but the plain profile can't confirm more.
    Flushed,
    /// The peer did not confirm the messages numbered `from` to `to`, both included. Those that were not sent at all are
    /// among them: they would have had these numbers.
    Unconfirmed {
        /// The first message without confirmation.
        from: u64,
        /// The last message that was queued.
        to: u64,
    },
}

impl core::fmt::Display for Closed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Clean => f.write_str("the peer has taken in every message"),
            Self::Flushed => {
                f.write_str("every message was handed over, and the plain profile can't confirm more")
            }
            Self::Unconfirmed { from, to } if from == to => {
                write!(f, "the peer did not confirm message {from}")
            }
            Self::Unconfirmed { from, to } => write!(f, "the peer did not confirm messages {from} to {to}"),
        }
    }
}

/// A write that could not be made, with its payload.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Rejected<P> {
    /// The message, as it was given.
    pub payload: P,
    /// Why not.
    pub why: WriteRejection,
}

impl<P> core::fmt::Debug for Rejected<P> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Rejected").field("why", &self.why).finish_non_exhaustive()
    }
}

/// A batch that could not be written, as it was given.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{why}")]
pub struct RejectedBatch<B> {
    /// The messages.
    pub batch: B,
    /// Why not.
    pub why: WriteRejection,
}

/// Why a write could not be made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteRejection {
    /// The message is longer than the peer takes.
    #[error("the message is longer than the {limit} bytes that the peer takes")]
    TooLong {
        /// The peer's limit in bytes.
        limit: u32,
    },
    /// There is no message in the batch.
    #[error("the batch is empty")]
    Empty,
    /// The queue has no room now.
    #[error("the queue is full")]
    Full,
    /// The connection is not open yet.
    #[error("the connection is not open yet")]
    NotOpen,
    /// The connection is closing or over.
    #[error("{0}")]
    Closed(CloseReason),
}

/// A read that yields no message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Nothing more will come, and all that came was read.
    #[error("{0}")]
    Closed(CloseReason),
    /// More reads are queued than this storage can hold.
    #[error("too many reads are queued")]
    Full,
    /// The task was taken or cancelled before.
    #[error("no such task")]
    NoSuchTask,
}
