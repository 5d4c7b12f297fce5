//! The two directions of a socket as two handles.

use bytes::Bytes;

use crate::error::{ReadError, WriteError};
use crate::flow::{Messages, Outgoing};
use crate::read::Read;
use crate::socket::Socket;
use crate::write::Write;

/// The reading side of a socket. Made by [`Socket::split`]; the connection lives until both sides are dropped.
#[derive(Clone, Debug)]
pub struct ReadHalf(pub(crate) Socket);

impl ReadHalf {
    /// See [`Socket::read`].
    pub fn read(&self) -> Read {
        self.0.read()
    }

    /// See [`Socket::try_read`].
    ///
    /// # Errors
    /// As there.
    pub fn try_read(&self) -> Result<Option<Bytes>, ReadError> {
        self.0.try_read()
    }

    /// See [`Socket::messages`].
    #[must_use]
    pub fn messages(&self) -> Messages {
        self.0.messages()
    }

    /// The whole socket.
    #[must_use]
    pub const fn socket(&self) -> &Socket {
        &self.0
    }
}

/// The writing side of a socket. Made by [`Socket::split`]; the connection lives until both sides are dropped.
#[derive(Clone, Debug)]
pub struct WriteHalf(pub(crate) Socket);

impl WriteHalf {
    /// See [`Socket::write`].
    pub fn write(&self, payload: impl Into<Bytes>) -> Write {
        self.0.write(payload)
    }

    /// See [`Socket::try_write`].
    ///
    /// # Errors
    /// As there.
    pub fn try_write(&self, payload: impl Into<Bytes>) -> Result<Write, WriteError> {
        self.0.try_write(payload)
    }

    /// See [`Socket::sink`].
    #[must_use]
    pub fn sink(&self) -> Outgoing {
        self.0.sink()
    }

    /// The whole socket.
    #[must_use]
    pub const fn socket(&self) -> &Socket {
        &self.0
    }
}
