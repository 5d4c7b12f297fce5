//! A stream in memory, whose other end is the model itself.

use core::task::{Context, Poll, Waker};
use std::io;
use std::sync::Arc;
use std::time::Instant;

use ::loom::sync::{Condvar, Mutex, MutexGuard};

use crate::transport::{Intake, Outflow, Receive, Transport};

/// What lies between a connection and the model.
#[derive(Default)]
pub(super) struct Wire {
    pipe: Mutex<Pipe>,
    arrived: Condvar,
}

#[derive(Default)]
struct Pipe {
    /// To the connection.
    inbound: Vec<u8>,
    /// From the connection.
    outbound: Vec<u8>,
    reader: Option<Waker>,
    /// It takes nothing more.
    full: bool,
    writer: Option<Waker>,
}

/// The connection's end.
pub(super) struct End {
    pub(super) wire: Arc<Wire>,
    /// Threads may sleep in the system until bytes come.
    pub(super) blocks: bool,
}

/// A message as the plain profile has it on the wire.
pub(super) fn frame(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("models use short messages");
    [&length.to_le_bytes(), message].concat()
}

impl Wire {
    /// Brings bytes to the connection: its sleeping thread and its waker hear of it.
    pub(super) fn bring(&self, bytes: &[u8]) {
        let mut pipe = self.lock();
        pipe.inbound.extend_from_slice(bytes);
        let reader = pipe.reader.take();
        drop(pipe);
        self.arrived.notify_all();
        reader.into_iter().for_each(Waker::wake);
    }

    /// Takes nothing more, or goes on.
    pub(super) fn set_full(&self, full: bool) {
        let mut pipe = self.lock();
        pipe.full = full;
        let writer = if full { None } else { pipe.writer.take() };
        drop(pipe);
        writer.into_iter().for_each(Waker::wake);
    }

    /// Whether the connection has taken in all that was brought.
    pub(super) fn is_read(&self) -> bool {
        self.lock().inbound.is_empty()
    }

    /// What the connection has sent.
    pub(super) fn sent(&self) -> Vec<u8> {
        self.lock().outbound.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Pipe> {
        self.pipe.lock().expect("loom's locks are not poisoned")
    }
}

impl Transport for End {
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        let mut pipe = self.wire.lock();
        if pipe.inbound.is_empty() {
            pipe.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        intake.feed(&pipe.inbound);
        Poll::Ready(Ok(core::mem::take(&mut pipe.inbound).len()))
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>> {
        let mut pipe = self.wire.lock();
        if pipe.full {
            pipe.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        outflow.poll_write(|slices| {
            let before = pipe.outbound.len();
            slices.iter().for_each(|slice| pipe.outbound.extend_from_slice(slice));
            Poll::Ready(Ok(pipe.outbound.len() - before))
        })
    }

    fn poll_shutdown(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn receiver(&self) -> Option<Arc<dyn Receive>> {
        let wire: Arc<dyn Receive> = Arc::<Wire>::clone(&self.wire);
        self.blocks.then_some(wire)
    }
}

impl Receive for Wire {
    fn receive(&self, bytes: &mut [u8], deadline: Option<Instant>) -> io::Result<Option<usize>> {
        let mut pipe = self.lock();
        while pipe.inbound.is_empty() {
            if deadline.is_some() {
                return Ok(None);
            }
            pipe = self.arrived.wait(pipe).expect("loom's locks are not poisoned");
        }
        let came = core::mem::take(&mut pipe.inbound);
        bytes[..came.len()].copy_from_slice(&came);
        Ok(Some(came.len()))
    }
}
