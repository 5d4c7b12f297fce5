//! Why something ended, and whose fault it was.

use crate::Text;

/// Who is at fault when a connection ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Nobody: this side or the peer wanted it so.
    Nobody,
    /// The peer went away or broke the protocol.
    Peer,
    /// What carries the bytes failed.
    Transport,
}

/// Why a connection is over. One reason, the first, never revised.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// This side closed it in order.
    #[error("closed by this side")]
    Closed,
    /// This side aborted it.
    #[error("aborted by this side")]
    Aborted,
    /// The peer closed it in order.
    #[error("closed by the peer")]
    PeerClosed,
    /// The stream ended, or was reset, without a goodbye.
    #[error("the peer was lost{}", if *.mid_frame { " in the middle of a frame" } else { "" })]
    PeerLost {
        /// Whether the stream ended inside a frame or an announced message.
        mid_frame: bool,
    },
    /// The peer refused the connection or ended it with a reason.
    #[error("refused by the peer: {refusal}{}{}", if .reason.as_str().is_empty() { "" } else { ": " }, .reason)]
    Refused {
        /// The peer's code.
        refusal: Refusal,
        /// The peer's words, for people.
        reason: Text,
    },
    /// This side refused the peer.
    #[error("refused by this side: {0}")]
    Declined(Refusal),
    /// The peer broke the protocol or let a deadline pass.
    #[error("the peer broke the protocol: {0}")]
    Violated(Violation),
    /// What carries the bytes failed.
    #[error("{0}")]
    Transport(TransportError),
}

impl CloseReason {
    /// Who is at fault.
    ///
    /// ```
    /// use bowline_core::{CloseReason, Fault, Violation};
    ///
    /// assert_eq!(CloseReason::PeerClosed.fault(), Fault::Nobody);
    /// assert_eq!(CloseReason::Violated(Violation::BadMagic).fault(), Fault::Peer);
    /// ```
    #[must_use]
    pub const fn fault(&self) -> Fault {
        match self {
            Self::Closed | Self::Aborted | Self::PeerClosed | Self::Refused { .. } | Self::Declined(_) => {
                Fault::Nobody
            }
            Self::PeerLost { .. } | Self::Violated(_) => Fault::Peer,
            Self::Transport(_) => Fault::Transport,
        }
    }
}

/// Why a connection is refused, as it travels in a refuse frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Nobody at the server has shown interest in clients.
    #[error("the server is not accepting")]
    NotAccepting,
    /// The server has as many clients as it wants.
    #[error("the server is full")]
    Full,
    /// This user has as many connections as the server allows.
    #[error("too many connections of this user")]
    UserLimit,
    /// Too many clients are waiting for an answer.
    #[error("too many clients are waiting")]
    Backlog,
    /// The server's program did not answer in time.
    #[error("nobody answered in time")]
    Unanswered,
    /// The server's program said no.
    #[error("declined")]
    Declined,
    /// The server is stopping.
    #[error("the server is shutting down")]
    ShuttingDown,
    /// The peer is not somebody who may connect.
    #[error("not authorized")]
    Unauthorized,
    /// The peer broke the protocol.
    #[error("protocol violation: {0}")]
    Violation(Violation),
    /// A code of the application's own, `0x1000` or above.
    #[error("application code {0:#06x}")]
    Application(u16),
    /// A code that this version does not know.
    #[error("unknown code {0:#06x}")]
    Unknown(u16),
}

impl Refusal {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::NotAccepting => 0x0001,
            Self::Full => 0x0002,
            Self::UserLimit => 0x0003,
            Self::Backlog => 0x0004,
            Self::Unanswered => 0x0005,
            Self::Declined => 0x0006,
            Self::ShuttingDown => 0x0007,
            Self::Unauthorized => 0x0008,
            Self::Violation(violation) => violation.code(),
            Self::Application(code) | Self::Unknown(code) => code,
        }
    }

    /// What a code on the wire means.
    ///
    /// ```
    /// use bowline_core::{Refusal, Violation};
    ///
    /// assert_eq!(Refusal::from_code(0x0101), Refusal::Violation(Violation::BadMagic));
    /// assert_eq!(Refusal::from_code(0x1234), Refusal::Application(0x1234));
    /// ```
    #[must_use]
    pub const fn from_code(code: u16) -> Self {
        match code {
            0x0001 => Self::NotAccepting,
            0x0002 => Self::Full,
            0x0003 => Self::UserLimit,
            0x0004 => Self::Backlog,
            0x0005 => Self::Unanswered,
            0x0006 => Self::Declined,
            0x0007 => Self::ShuttingDown,
            0x0008 => Self::Unauthorized,
            0x1000.. => Self::Application(code),
            _ => match Violation::from_code(code) {
                Some(violation) => Self::Violation(violation),
                None => Self::Unknown(code),
            },
        }
    }
}

/// How a peer broke the protocol.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The hello or welcome does not begin with the protocol's magic.
    #[error("this is not bowline's protocol")]
    BadMagic,
    /// A version of the protocol that this side does not speak.
    #[error("unknown protocol version")]
    BadVersion,
    /// A frame of a kind that is neither known nor skippable.
    #[error("unknown kind of frame")]
    UnknownKind,
    /// A message, announcement or skippable frame over its limit.
    #[error("longer than the limit")]
    TooLong,
    /// A frame whose length its kind does not allow.
    #[error("a length that this kind of frame can't have")]
    BadLength,
    /// A frame that may not come in this state.
    #[error("a frame out of place")]
    Unexpected,
    /// A chunk beyond what was announced.
    #[error("more chunks than announced")]
    ChunkOverflow,
    /// A goodbye or its answer with a number that cannot be.
    #[error("message counts do not agree")]
    CountMismatch,
    /// More aborted messages than the budget allows.
    #[error("too many aborts")]
    TooManyAborts,
    /// The handshake was not finished in time.
    #[error("the handshake took too long")]
    HandshakeTimeout,
    /// No byte came for too long inside a frame or an announced message.
    #[error("no progress inside a frame")]
    ProgressTimeout,
    /// No sign of life came for too long.
    #[error("no sign of life")]
    HeartbeatTimeout,
}

impl Violation {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::BadMagic => 0x0101,
            Self::BadVersion => 0x0102,
            Self::UnknownKind => 0x0103,
            Self::TooLong => 0x0104,
            Self::BadLength => 0x0105,
            Self::Unexpected => 0x0106,
            Self::ChunkOverflow => 0x0107,
            Self::CountMismatch => 0x0108,
            Self::TooManyAborts => 0x0109,
            Self::HandshakeTimeout => 0x010A,
            Self::ProgressTimeout => 0x010B,
            Self::HeartbeatTimeout => 0x010C,
        }
    }

    const fn from_code(code: u16) -> Option<Self> {
        Some(match code {
            0x0101 => Self::BadMagic,
            0x0102 => Self::BadVersion,
            0x0103 => Self::UnknownKind,
            0x0104 => Self::TooLong,
            0x0105 => Self::BadLength,
            0x0106 => Self::Unexpected,
            0x0107 => Self::ChunkOverflow,
            0x0108 => Self::CountMismatch,
            0x0109 => Self::TooManyAborts,
            0x010A => Self::HandshakeTimeout,
            0x010B => Self::ProgressTimeout,
            0x010C => Self::HeartbeatTimeout,
            _ => return None,
        })
    }
}

/// A failure of what carries the bytes, as the driver reports it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[error("{kind}{}", OsCode(*.os))]
pub struct TransportError {
    /// What kind of failure.
    pub kind: TransportErrorKind,
    /// The operating system's error number, if there is one.
    pub os: Option<i32>,
}

impl From<TransportErrorKind> for TransportError {
    fn from(kind: TransportErrorKind) -> Self {
        Self { kind, os: None }
    }
}

/// The kinds of transport failure that a program may want to tell apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The connection was reset.
    #[error("connection reset")]
    Reset,
    /// The peer reads no more.
    #[error("broken pipe")]
    BrokenPipe,
    /// The system gave up waiting for the peer.
    #[error("timed out by the system")]
    TimedOut,
    /// The system is out of some resource.
    #[error("out of resources")]
    Exhausted,
    /// The executor or runtime that drove the connection is gone.
    #[error("the runtime is gone")]
    RuntimeGone,
    /// The transport reported a count of bytes that it was not given.
    #[error("the transport miscounted")]
    Miscounted,
    /// Anything else.
    #[error("transport error")]
    Other,
}

struct OsCode(Option<i32>);

impl core::fmt::Display for OsCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.map_or(Ok(()), |code| write!(f, " (os error {code})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Mutant: a code that has a name is taken for an unknown one.
    #[test]
    fn every_code_keeps_its_meaning() {
        for code in 0..=u16::MAX {
            let refusal = Refusal::from_code(code);
            assert_eq!(refusal.code(), code);
            let is_named = matches!(code, 0x0001..=0x0008 | 0x0101..=0x010C);
            match refusal {
                Refusal::Unknown(_) => assert!(!is_named && code < 0x1000, "{code:#06x}"),
                Refusal::Application(_) => assert!(code >= 0x1000, "{code:#06x}"),
                _ => assert!(is_named, "{code:#06x}"),
            }
        }
    }
}
