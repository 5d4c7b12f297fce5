//! A socket of bowline's as one end of a measured connection.

use core::marker::PhantomData;
use core::time::Duration;
use std::collections::VecDeque;

use bowline_runtime::{Cancelled, Read, Socket, WriteError};
use bytes::Bytes;
use futures_lite::future::poll_once;

use super::Adapter;
use crate::Result;
use crate::contender::{Batch, Connection};

/// How long a close may take; far longer than it does.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Connected<A> {
    socket: Socket,
    /// Reads that wait already, if the workload wants that.
    queued: VecDeque<Read>,
    adapter: PhantomData<A>,
}

impl<A: Adapter> Connected<A> {
    pub(super) fn new(socket: Socket) -> Self {
        Self { socket, queued: VecDeque::new(), adapter: PhantomData }
    }

    /// The read whose turn it is.
    fn read(&mut self) -> Read {
        match self.queued.pop_front() {
            Some(first) => {
                self.queued.push_back(self.socket.read());
                first
            }
            None => self.socket.read(),
        }
    }
}

impl<A: Adapter> Connection for Connected<A> {
    const LENDS: bool = true;

    async fn send(&mut self, message: &Bytes) -> Result {
        A::end(self.socket.write(message.clone())).await?;
        Ok(())
    }

    async fn receive(&mut self) -> Result<Option<usize>> {
        Ok(A::end(self.read()).await.ok().map(|message| message.len()))
    }

    async fn echo(&mut self) -> Result<bool> {
        let Ok(message) = A::end(self.read()).await else { return Ok(false) };
        Ok(A::end(self.socket.write(message)).await.is_ok())
    }

    async fn post(&mut self, message: &Bytes) -> Result {
        match self.socket.post(message.clone()) {
            Err(WriteError::Full { payload }) => drop(A::end(self.socket.write(payload)).await?),
            posted => posted?,
        }
        Ok(())
    }

    async fn send_batch(&mut self, message: &Bytes, count: usize) -> Result {
        let messages = core::iter::repeat_n(message.clone(), count);
        A::end(self.socket.write_all(messages)).await?;
        Ok(())
    }

    async fn receive_batch(&mut self) -> Result<Option<Batch>> {
        let Ok(batch) = A::end(self.socket.read_batch()).await else { return Ok(None) };
        let (count, mut last) = (batch.len() as u64, 0);
        for message in batch.into_shared() {
            last = message.len();
        }
        Ok(Some(Batch { count, last }))
    }

    async fn look_at_batch(&mut self) -> Result<Option<Batch>> {
        let Ok(batch) = A::end(self.socket.read_batch()).await else { return Ok(None) };
        let last = batch.iter().fold(0, |_, message| message.len());
        Ok(Some(Batch { count: batch.len() as u64, last }))
    }

    async fn cancel_receive(&mut self) -> Result {
        let too_early = poll_once(self.socket.read()).await;
        anyhow::ensure!(too_early.is_none(), "there is a message already");
        Ok(())
    }

    async fn abort_send(&mut self, message: &Bytes) -> Result<bool> {
        let mut write = self.socket.write(message.clone());
        let sent = poll_once(&mut write).await.is_some();
        Ok(!sent && matches!(write.cancel(), Cancelled::Aborted | Cancelled::Recalled(_)))
    }

    fn queue_reads(&mut self, count: usize) -> Result {
        self.queued = (0..count).map(|_| self.socket.read()).collect();
        Ok(())
    }

    async fn farewell(self) -> Result {
        A::end(self.socket.close(PATIENCE)).await?;
        Ok(())
    }
}
