//! Framing by hand on tokio's streams: what whoever wants no dependency writes.

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::frames::{self, BLOCK, COPIED_BELOW, Inbound};
use super::tokio_streams::{OverStream, Stream};
use super::{Batch, Connection};
use crate::Result;

/// A stream and two buffers of its own; messages are lent.
pub(crate) struct ByHand {
    stream: Stream,
    inbound: Inbound,
    out: Vec<u8>,
}

impl OverStream for ByHand {
    const NAMES: [&str; 3] = ["hand-tokio", "hand-tokio-mt", "hand-tokio-main"];

    fn over(stream: Stream) -> Self {
        Self { stream, inbound: Inbound::new(COPIED_BELOW), out: Vec::new() }
    }
}

impl ByHand {
    /// Reads until there is a message; `false` at the end.
    async fn fill(&mut self) -> Result<bool> {
        let count = self.stream.read(self.inbound.spare()?).await?;
        self.inbound.advance(count)
    }

    async fn flush(&mut self) -> Result {
        self.stream.write_all(&self.out).await?;
        self.out.clear();
        Ok(())
    }
}

impl Connection for ByHand {
    async fn send(&mut self, message: &Bytes) -> Result {
        frames::append(&mut self.out, message)?;
        self.flush().await
    }

    async fn receive(&mut self) -> Result<Option<usize>> {
        loop {
            if let Some(message) = self.inbound.next()? {
                return Ok(Some(message.len()));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }

    async fn echo(&mut self) -> Result<bool> {
        loop {
            if let Some(frame) = self.inbound.next_frame()? {
                self.stream.write_all(frame).await?;
                return Ok(true);
            }
            if !self.fill().await? {
                return Ok(false);
            }
        }
    }

    async fn send_batch(&mut self, message: &Bytes, count: usize) -> Result {
        for _ in 0..count {
            frames::append(&mut self.out, message)?;
            if self.out.len() >= BLOCK {
                self.flush().await?;
            }
        }
        self.flush().await
    }

    async fn receive_batch(&mut self) -> Result<Option<Batch>> {
        loop {
            if let Some(batch) = self.inbound.drain()? {
                return Ok(Some(batch));
            }
            if !self.fill().await? {
                return Ok(None);
            }
        }
    }
}
