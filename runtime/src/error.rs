//! What can go wrong with a task, and whose fault it is.

use core::error::Error;
use std::io;
use std::sync::Arc;

use bowline_core::{CloseReason, Refusal, Text, TransportError, TransportErrorKind};
use bytes::Bytes;

use crate::{EndpointError, Peer};

/// The caller used a task in a way in which it can't be used.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The result was taken before.
    #[error("the result was taken before")]
    Taken,
    /// Waiting on this thread would block the very executor that it waits for.
    #[error("waiting on this thread would block the executor that it waits for")]
    WouldDeadlock,
}

/// A read that yields no message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Nothing more will come, and all that came was read.
    #[error("{0}")]
    Closed(CloseReason),
    /// The caller's fault.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

/// A write that was not done.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// Not a byte of it left; it is safe to try again, elsewhere. Here is the payload.
    #[error("not sent: {reason}")]
    NotSent {
        /// The message, as it was given.
        payload: Bytes,
        /// Why the connection is closing or over.
        reason: CloseReason,
    },
    /// The message is longer than the peer takes; not a byte of it left.
    #[error("longer than the {limit} bytes that the peer takes")]
    TooLong {
        /// The message, as it was given.
        payload: Bytes,
        /// The peer's limit in bytes.
        limit: u32,
    },
    /// The queue has no room now; only `try_write` says so.
    #[error("the queue is full")]
    Full {
        /// The message, as it was given.
        payload: Bytes,
    },
    /// The connection broke with bytes on their way: the peer may or may not have the message.
    #[error("unknown whether it was received: {reason}")]
    Unknown {
        /// Why the connection is over.
        reason: CloseReason,
    },
    /// The caller's fault.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

impl WriteError {
    /// The message, if not a byte of it left.
    #[must_use]
    pub fn into_payload(self) -> Option<Bytes> {
        match self {
            Self::NotSent { payload, .. } | Self::TooLong { payload, .. } | Self::Full { payload } => {
                Some(payload)
            }
            Self::Unknown { .. } | Self::Misuse(_) => None,
        }
    }
}

/// Without the payload, which may be long and is the user's.
impl core::fmt::Debug for WriteError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "WriteError({self})")
    }
}

/// A close whose outcome can't be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CloseError {
    /// The caller's fault.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

/// A connection that did not come about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The server refused, and this is what it said.
    #[error("refused: {refusal}{}{reason}", if reason.as_str().is_empty() { "" } else { ": " })]
    Refused {
        /// The server's code.
        refusal: Refusal,
        /// The server's words, for people.
        reason: Text,
    },
    /// The endpoint's text is not one.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The endpoint could not be reached.
    #[error("can't reach the endpoint: {0}")]
    Unreachable(#[source] io::Error),
    /// The endpoint was reached, but the stream's own security (TLS) could not be set up. The error says who is at fault;
    /// of `bowline-tls` it is a `TlsError`, which [`insecurity`](Self::insecurity) gives.
    #[error("{0}")]
    Insecure(#[source] Arc<dyn Error + Send + Sync>),
    /// The connection came about and ended before it was open.
    #[error("{0}")]
    Closed(CloseReason),
    /// The deadline passed.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The caller's fault.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

impl ConnectError {
    /// What went wrong with the stream's own security, if it is an error of this type.
    ///
    /// ```
    /// use bowline_runtime::ConnectError;
    ///
    /// assert!(ConnectError::TimedOut.insecurity::<core::fmt::Error>().is_none());
    /// ```
    #[must_use]
    pub fn insecurity<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Insecure(error) => error.downcast_ref(),
            _ => None,
        }
    }

    /// Why a connection to this peer is over before it was open.
    pub(crate) fn of(reason: CloseReason, peer: &Peer) -> Self {
        match peer.shared_fault() {
            Some(fault) if !matches!(reason, CloseReason::Refused { .. }) => Self::Insecure(fault),
            _ => reason.into(),
        }
    }
}

impl From<CloseReason> for ConnectError {
    fn from(reason: CloseReason) -> Self {
        match reason {
            CloseReason::Refused { refusal, reason } => Self::Refused { refusal, reason },
            reason => Self::Closed(reason),
        }
    }
}

/// An accept that yields no client.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// The server has stopped.
    #[error("the server has stopped")]
    Stopped,
    /// The client went away before it was accepted.
    #[error("the client is gone: {0}")]
    Gone(CloseReason),
    /// The caller's fault.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

/// What the core needs to know of an error of the operating system's.
pub(crate) fn transport_error(error: &io::Error) -> TransportError {
    let kind = match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => TransportErrorKind::Reset,
        io::ErrorKind::BrokenPipe | io::ErrorKind::WriteZero | io::ErrorKind::NotConnected => {
            TransportErrorKind::BrokenPipe
        }
        io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable => TransportErrorKind::TimedOut,
        io::ErrorKind::OutOfMemory => TransportErrorKind::Exhausted,
        _ => TransportErrorKind::Other,
    };
    TransportError { kind, os: error.raw_os_error() }
}
