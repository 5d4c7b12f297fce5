//! Rare things that a run must have met, or it has proved less than it says.

use crate::tap::kind;

macro_rules! marks {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// Something that seldom happens.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Mark { $($(#[$doc])* $name,)+ }

        impl Mark {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }
    };
}

marks! {
    /// A read was dropped that had its message.
    ReadDroppedWithMessage,
    /// A read was dropped that waited.
    ReadDroppedWaiting,
    /// A message was taken by a read that was not the first.
    TakenOutOfTurn,
    /// A message was taken without a read.
    TakenUnclaimed,
    /// A read ended without a message.
    ReadEnded,
    /// A write was taken back.
    Recalled,
    /// A write was stopped while it left.
    Aborted,
    /// A cancel came too late.
    TooLate,
    /// A cancel met a broken connection.
    CancelledUnknown,
    /// A write ended with nothing of it sent.
    NotSent,
    /// A write ended and nobody knows.
    Unknown,
    /// A write ran on without a handle.
    Detached,
    /// A write could not be detached, since it had no room.
    DetachHadNoRoom,
    /// A write was longer than the peer takes.
    TooLong,
    /// A queue had no room for a `try_write`.
    Full,
    /// A write was refused since the connection was closing or over.
    WriteRefused,
    /// A long message was announced.
    Announced,
    /// An abort frame left.
    AbortLeft,
    /// The transport took a part of what it was offered.
    ShortWrite,
    /// Bytes were read into the message's own memory.
    ReadInPlace,
    /// A full queue stopped the reading.
    Backpressure,
    /// The stream took no more bytes.
    WriteBroke,
    /// A reset was read.
    ResetRead,
    /// A stream was let go with bytes unread.
    LeftUnread,
    /// A stream was let go while the system held bytes of it.
    DroppedWhileLent,
    /// A timer fired.
    TimerFired,
    /// A timer ended a connection.
    EndedByTimer,
    /// A pong left.
    Pong,
    /// A ping left.
    Ping,
    /// A refusal left.
    RefusalLeft,
    /// A goodbye was answered.
    GoodbyeAnswered,
    /// A close was taken back.
    CloseTakenBack,
    /// A close could not be taken back any more.
    CloseNotTakenBack,
    /// Both sides closed at once.
    ClosedAtOnce,
    /// A side was closed while it had unread messages.
    ClosedWithUnread,
    /// A side was abandoned with unread messages.
    AbandonedWithUnread,
    /// A connection ended with every message confirmed.
    CleanClose,
    /// A connection ended without that.
    Unconfirmed,
    /// A process was killed in the middle of a frame.
    KilledMidFrame,
    /// A hostile peer was turned away.
    HostileTurnedAway,
    /// A message of a hostile peer was taken in.
    HostileMessage,
    /// A client was refused at once.
    RefusedAtOnce,
    /// A client was refused by the program.
    RefusedByProgram,
    /// An accept was dropped that had its client.
    AcceptDroppedWithClient,
    /// A client went before it had an answer.
    WentUnanswered,
    /// The clock went back.
    ClockWentBack,
    /// A posted message joined others.
    PostJoined,
    /// A batch was taken back whole.
    BatchRecalled,
    /// A batch was taken back from its middle on.
    BatchCut,
    /// A batch could not be taken back, since all of it had left.
    BatchTooLate,
    /// A batch left whole.
    BatchSent,
    /// A batch was queued when the connection ended, and nothing of it had left.
    BatchNotSent,
    /// A connection ended within a batch, in the middle of a message.
    BatchTorn,
    /// A connection ended within a batch, between two messages.
    BatchTornAtBoundary,
    /// A batch ran on without a handle.
    BatchDetached,
    /// One message of a batch was longer than the peer takes.
    BatchTooLong,
    /// Messages that came together were taken together.
    BatchTaken,
    /// The same, when the first of them had been read.
    BatchTakenFromMiddle,
    /// Messages that had come together were given places of their own, since a long one came behind them.
    UnpackedByLong,
}

/// How often each was met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Marks([u64; Mark::ALL.len()]);

impl Default for Marks {
    fn default() -> Self {
        Self([0; Mark::ALL.len()])
    }
}

impl Marks {
    pub(crate) const fn hit(&mut self, mark: Mark) {
        self.0[mark as usize] += 1;
    }

    pub(crate) const fn hit_if(&mut self, met: bool, mark: Mark) {
        self.0[mark as usize] += met as u64;
    }

    pub(crate) const fn control(&mut self, kind: u8) {
        match kind {
            kind::PING => self.hit(Mark::Ping),
            kind::PONG => self.hit(Mark::Pong),
            kind::REFUSE => self.hit(Mark::RefusalLeft),
            _ => {}
        }
    }

    /// How often this was met.
    #[must_use]
    pub const fn count(&self, mark: Mark) -> u64 {
        self.0[mark as usize]
    }

    /// Adds another run's.
    pub fn add(&mut self, others: &Self) {
        self.0.iter_mut().zip(&others.0).for_each(|(count, other)| *count += other);
    }
}
