//! The two directions of a socket as two handles.

use bytes::Bytes;

use crate::error::{ReadError, WriteError};
use crate::flow::{Messages, Outgoing};
use crate::read::Read;
use crate::read_many::{ReadBatch, ReadMany};
use crate::socket::Socket;
use crate::write::Write;
use crate::write_all::WriteAll;

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

    /// See [`Socket::read_many`].
    pub fn read_many(&self, most: usize) -> ReadMany {
        self.0.read_many(most)
    }

    /// See [`Socket::read_batch`].
    pub fn read_batch(&self) -> ReadBatch {
        self.0.read_batch()
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

    /// See [`Socket::write_all`].
    pub fn write_all<P: Into<Bytes>>(&self, payloads: impl IntoIterator<Item = P>) -> WriteAll {
        self.0.write_all(payloads)
    }

    /// See [`Socket::post`].
    ///
    /// # Errors
    /// As there.
    pub fn post(&self, payload: impl Into<Bytes>) -> Result<(), WriteError> {
        self.0.post(payload)
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
