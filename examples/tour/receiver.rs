//! Receives one stream: reads are queued ahead, and some of them dropped.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use bowline_tokio::{Read, ReadError, Socket, Status};
use tokio::time::timeout;

use crate::board::Meter;
use crate::ledger::Ledger;
use crate::plan::{Dice, Stream};

/// How many reads are queued at a time.
const AHEAD: usize = 6;
/// Twice in so many messages a read is dropped.
const DROP_EVERY: u64 = 8;

pub(crate) struct Receiver {
    socket: Socket,
    reads: VecDeque<Read>,
    dice: Dice,
    meter: Arc<Meter>,
    pub(crate) ledger: Ledger,
}

impl Receiver {
    pub(crate) fn new(socket: Socket, stream: Stream, meter: Arc<Meter>) -> Self {
        let dice = Dice(u64::from(stream.client));
        Self { socket, reads: VecDeque::new(), dice, meter, ledger: Ledger::new(stream) }
    }

    /// Receives until the sender's account has come.
    pub(crate) async fn run(&mut self) -> Result<(), ReadError> {
        while !self.ledger.has_ended() {
            match self.dice.roll() % DROP_EVERY {
                0 => self.drop_any(),
                1 => self.lose_patience().await?,
                _ => {
                    // The n-th live read owns the n-th message: whichever were dropped, the order stays.
                    let message = self.next().await?;
                    self.enter(&message);
                }
            }
        }
        self.reads.clear();
        Ok(())
    }

    /// The oldest read, behind which others are queued.
    fn next(&mut self) -> Read {
        while self.reads.len() < AHEAD {
            self.reads.push_back(self.socket.read());
        }
        self.reads.pop_front().unwrap_or_else(|| self.socket.read())
    }

    fn enter(&mut self, message: &[u8]) {
        self.ledger.enter(message);
        self.meter.reach(self.ledger.last());
        self.meter.add_bytes(message.len());
    }

    /// Drops one of the queued reads, whether its message is there or not.
    fn drop_any(&mut self) {
        let index = self.dice.below(u32::try_from(self.reads.len().max(1)).unwrap_or(1));
        if let Some(read) = self.reads.remove(index as usize) {
            let tally = &mut self.ledger.tally;
            match read.status() {
                Status::Pending => tally.dropped_pending += 1,
                _ => tally.dropped_ready += 1,
            }
        }
    }

    /// Awaits a read for a short moment, and drops it when nothing has come.
    async fn lose_patience(&mut self) -> Result<(), ReadError> {
        let read = self.next();
        match timeout(Duration::from_micros(self.dice.below(100).into()), read).await {
            Ok(message) => self.enter(&message?),
            Err(_elapsed) => self.ledger.tally.dropped_pending += 1,
        }
        Ok(())
    }

    /// Nothing may come any more but the end; whatever does is one too many.
    pub(crate) async fn expect_end(&mut self) -> ReadError {
        loop {
            match self.socket.read().await {
                Ok(message) => self.ledger.enter(&message),
                Err(end) => return end,
            }
        }
    }
}
