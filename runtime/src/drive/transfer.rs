//! Moving bytes between the connection and its transport.

use core::task::{Context, Poll, ready};
use std::io;

use bowline_core::Instant;

use super::Driven;
use crate::error::transport_error;
use crate::link::Link;
use crate::transport::{Intake, Outflow};

impl Driven {
    /// Whether [`send`](Self::send) would do anything.
    pub(crate) fn has_something_to_send(&self) -> bool {
        let connection = &self.connection;
        connection.has_output() || connection.has_lent() || self.unflushed || connection.wants_shutdown()
    }

    /// Sends until there is nothing to send or the transport is full; whether anything moved.
    pub(super) fn send(&mut self) -> bool {
        let Some(transport) = &mut self.transport else { return false };
        let mut cx = Context::from_waker(&self.write_waker);
        let mut moved = false;
        while self.connection.has_output() || self.connection.has_lent() {
            match transport.poll_send(&mut cx, &mut Outflow { connection: &mut self.connection }) {
                Poll::Ready(Ok(1..)) => moved = true,
                Poll::Ready(failed) => {
                    let error = failed.err().unwrap_or_else(|| io::ErrorKind::WriteZero.into());
                    self.connection.handle_write_error(transport_error(&error));
                }
                Poll::Pending => break,
            }
        }
        self.unflushed |= moved;
        if let Poll::Ready(Err(error)) = self.finish_sending() {
            self.connection.handle_write_error(transport_error(&error));
        }
        moved
    }

    /// Flushes what a buffering stream keeps back, and shuts the write side down when it is time.
    fn finish_sending(&mut self) -> Poll<io::Result<()>> {
        let Some(transport) = &mut self.transport else { return Poll::Ready(Ok(())) };
        let mut cx = Context::from_waker(&self.write_waker);
        if self.unflushed {
            ready!(transport.poll_flush(&mut cx))?;
            self.unflushed = false;
        }
        // What the system has not confirmed would not leave any more.
        if self.connection.wants_shutdown() && !self.connection.has_lent() {
            let result = ready!(transport.poll_shutdown(&mut cx));
            // Once the connection is over, it only waits for the peer to hang up first.
            let ends_here = !transport.ends_by_halves() && self.connection.close_reason().is_none();
            self.connection.handle_shutdown();
            if ends_here {
                self.connection.handle_eof();
            }
            result?;
        }
        Poll::Ready(Ok(()))
    }

    /// Receives once; how many bytes, or 1 if something else has moved.
    pub(super) fn receive(&mut self, now: Instant, link: &Link) -> usize {
        let holds = !self.connection.wants_input();
        if self.receiving || holds && self.knows_peer() {
            return 0;
        }
        let (connection, leftover) = (&mut self.connection, &mut self.leftover);
        if !leftover.is_empty() {
            let used = connection.receive(now, leftover);
            leftover.drain(..used);
            release_if_empty(leftover);
            return used.max(1);
        }
        let Some(transport) = &mut self.transport else { return 0 };
        if !link.waiters.take_readable() {
            return 0;
        }
        let mut intake = Intake { connection, leftover, now, holds };
        let received = match transport.poll_recv(&mut Context::from_waker(&self.read_waker), &mut intake) {
            Poll::Pending => return 0,
            Poll::Ready(Ok(count)) => count,
            Poll::Ready(Err(error)) => {
                self.connection.handle_error(transport_error(&error));
                1
            }
        };
        if received == 0 {
            self.connection.handle_eof();
        }
        link.waiters.set_readable();
        received.max(1)
    }
}

/// An idle connection holds no read-ahead.
fn release_if_empty(leftover: &mut Vec<u8>) {
    if leftover.is_empty() {
        *leftover = Vec::new();
    }
}
