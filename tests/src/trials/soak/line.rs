//! One end of a connection: numbered messages both ways, in all the ways in which a program may treat its tasks.

use core::task::Poll;
use std::sync::Arc;

use bowline_runtime::{Bytes, Cancelled, Read, ReadError, Socket, Write};

use super::tally::{Count, Sequence, Tally};
use crate::trials::{Stamp, poll_once};

/// One end of a connection.
pub(super) struct Line {
    pub(super) socket: Socket,
    pub(super) choices: fastrand::Rng,
    pub(super) tally: Arc<Tally>,
    /// What has come.
    pub(super) received: Sequence,
    /// How many messages this side has sent.
    pub(super) sent: u32,
    stream: u32,
}

impl Line {
    pub(super) fn new(socket: Socket, mut choices: fastrand::Rng, tally: &Arc<Tally>) -> Self {
        let (stream, tally) = (choices.u32(..), Arc::clone(tally));
        Self { socket, choices, tally, received: Sequence::default(), sent: 0, stream }
    }

    /// Sends the next message: some are withdrawn first, and tried again under the same number, so that the other side
    /// sees it twice if the withdrawal was a lie.
    pub(super) async fn send(&mut self) -> Result<(), String> {
        for attempt in 0.. {
            let stamp = Stamp { stream: self.stream, number: self.sent, attempt };
            let write = self.socket.write(stamp.message(length(&mut self.choices)));
            let sent = match self.choices.u8(..100) {
                0..15 => self.withdraw(write)?,
                15..20 => detached(write).await?,
                _ => write.await.map(|_number| true).map_err(|error| error.to_string())?,
            };
            if sent {
                break;
            }
        }
        self.sent += 1;
        Ok(())
    }

    /// Cancels a write; whether it was sent all the same.
    fn withdraw(&mut self, mut write: Write) -> Result<bool, String> {
        if self.choices.bool()
            && let Poll::Ready(ended) = poll_once(&mut write)
        {
            return ended.map(|_number| true).map_err(|error| error.to_string());
        }
        match write.cancel() {
            Cancelled::TooLate => Ok(true),
            Cancelled::Recalled(_) | Cancelled::Aborted => {
                self.tally.add(Count::Withdrawn, 1);
                Ok(false)
            }
            other => Err(format!("a cancelled write: {other:?}")),
        }
    }

    /// The next message, which some reads before it were cancelled or dropped for.
    pub(super) async fn receive(&mut self) -> Result<(), ReadError> {
        let message = match self.choices.u8(..100) {
            0..10 => match given_up(self.socket.read(), self.choices.bool()) {
                Some(message) => message?,
                None => self.socket.read().await?,
            },
            10..15 => {
                let (first, second) = (self.socket.read(), self.socket.read());
                drop(first);
                second.await?
            }
            _ => self.socket.read().await?,
        };
        self.received.observe(&message, &self.tally);
        Ok(())
    }
}

/// Mostly short ones; some are above a chunk.
fn length(choices: &mut fastrand::Rng) -> usize {
    match choices.u8(..100) {
        0 => choices.usize(60_000..300_000),
        1..10 => choices.usize(..20_000),
        _ => choices.usize(..500),
    }
}

async fn detached(write: Write) -> Result<bool, String> {
    match write.detach() {
        Ok(()) => Ok(true),
        Err(write) => write.await.map(|_number| true).map_err(|error| error.to_string()),
    }
}

/// A read that is asked once and then cancelled or dropped; its message, if it was there.
fn given_up(mut read: Read, cancel: bool) -> Option<Result<Bytes, ReadError>> {
    match poll_once(&mut read) {
        Poll::Ready(ended) => Some(ended),
        Poll::Pending if cancel => read.cancel().map(Ok),
        Poll::Pending => None,
    }
}
