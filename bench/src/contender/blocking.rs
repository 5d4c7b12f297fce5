//! Framing by hand on a stream that blocks: one `write` and one `read` for each message, or as few as there can be for many.

use std::io::{IoSlice, Read, Write};

use bytes::Bytes;

use super::frames::{self, BLOCK, COPIED_BELOW, Inbound};
use super::{Batch, Connection};
use crate::Result;

/// A connection: a stream and two blocks.
pub(crate) struct Wire<S> {
    stream: S,
    inbound: Inbound,
    out: Vec<u8>,
}

impl<S: Read + Write> Wire<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, inbound: Inbound::new(BLOCK), out: Vec::with_capacity(BLOCK + COPIED_BELOW) }
    }

    /// Reads until there is a message; `false` at the end.
    fn fill(&mut self) -> Result<bool> {
        let count = self.stream.read(self.inbound.spare()?)?;
        self.inbound.advance(count)
    }

    /// Reads the rest of a message that is so long that it gets memory of its own.
    fn receive_long(&mut self, length: usize) -> Result<usize> {
        let mut message = Vec::with_capacity(length);
        message.extend_from_slice(self.inbound.take_beginning()?);
        let rest = u64::try_from(length - message.len())?;
        Read::by_ref(&mut self.stream).take(rest).read_to_end(&mut message)?;
        Ok(message.len())
    }

    fn flush(&mut self) -> Result {
        self.stream.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    fn send_from_place(&mut self, message: &[u8]) -> Result {
        let prefix = frames::prefix(message.len())?;
        let sent = self.stream.write_vectored(&[IoSlice::new(&prefix), IoSlice::new(message)])?;
        self.stream.write_all(prefix.get(sent..).unwrap_or_default())?;
        Ok(self.stream.write_all(&message[sent.saturating_sub(prefix.len())..])?)
    }
}

impl<S: Read + Write + Send + 'static> Connection for Wire<S> {
    async fn send(&mut self, message: &Bytes) -> Result {
        if message.len() >= COPIED_BELOW {
            return self.send_from_place(message);
        }
        frames::append(&mut self.out, message)?;
        self.flush()
    }

    async fn receive(&mut self) -> Result<Option<usize>> {
        loop {
            if let Some(message) = self.inbound.next()? {
                return Ok(Some(message.len()));
            }
            match self.inbound.announced()? {
                Some(length) if length > 1 << 20 => return self.receive_long(length).map(Some),
                _ if !self.fill()? => return Ok(None),
                _ => {}
            }
        }
    }

    async fn echo(&mut self) -> Result<bool> {
        loop {
            if let Some(frame) = self.inbound.next_frame()? {
                self.stream.write_all(frame)?;
                return Ok(true);
            }
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    async fn send_batch(&mut self, message: &Bytes, count: usize) -> Result {
        for _ in 0..count {
            if message.len() >= COPIED_BELOW {
                self.send_from_place(message)?;
                continue;
            }
            frames::append(&mut self.out, message)?;
            if self.out.len() >= BLOCK {
                self.flush()?;
            }
        }
        self.flush()
    }

    async fn receive_batch(&mut self) -> Result<Option<Batch>> {
        loop {
            if let Some(batch) = self.inbound.drain()? {
                return Ok(Some(batch));
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }
}
