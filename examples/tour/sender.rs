//! Sends one stream: writes are queued ahead, and some of them withdrawn.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use bowline_tokio::{Bytes, Cancelled, Socket, Status, Write, WriteError};
use tokio::time::{sleep, timeout};

use crate::board::Meter;
use crate::corpus::Corpus;
use crate::envelope::{Envelope, Kind};
use crate::plan::{Dice, Fate, Item, Stream};
use crate::tally::Tally;

/// How many writes, and how many bytes of them, are under way at a time.
const AHEAD: usize = 32;
const AHEAD_BYTES: usize = 16 << 20;

pub(crate) struct Sender {
    socket: Socket,
    corpus: Arc<Corpus>,
    stream: Stream,
    meter: Arc<Meter>,
    ahead: VecDeque<(usize, Write)>,
    ahead_bytes: usize,
    withdrawn: Vec<u64>,
    pub(crate) tally: Tally,
}

impl Sender {
    pub(crate) fn new(socket: Socket, corpus: Arc<Corpus>, stream: Stream, meter: Arc<Meter>) -> Self {
        let (ahead, withdrawn) = (VecDeque::new(), Vec::new());
        Self { socket, corpus, stream, meter, ahead, ahead_bytes: 0, withdrawn, tally: Tally::default() }
    }

    /// Sends everything, then the account of what was withdrawn.
    pub(crate) async fn run(&mut self) -> Result<(), WriteError> {
        let mut items = self.stream.items();
        while let Some(item) = items.next() {
            match item.fate {
                Fate::Deliver => self.deliver(item).await?,
                Fate::Abort => self.abort(item, items.next()).await?,
                Fate::Recall => self.recall(item),
                Fate::Late => self.cancel_late(item).await,
            }
            self.meter.reach(item.number);
        }
        self.flush().await?;
        self.socket.write(self.account()).await?;
        Ok(())
    }

    fn queue(&mut self, item: Item) {
        let message = self.corpus.message(&self.stream, item);
        self.ahead_bytes += message.len();
        self.ahead.push_back((message.len(), self.socket.write(message)));
    }

    async fn deliver(&mut self, item: Item) -> Result<(), WriteError> {
        self.queue(item);
        while self.ahead.len() > AHEAD || self.ahead_bytes > AHEAD_BYTES {
            self.await_oldest().await?;
        }
        Ok(())
    }

    async fn await_oldest(&mut self) -> Result<(), WriteError> {
        if let Some((length, write)) = self.ahead.pop_front() {
            self.ahead_bytes -= length;
            write.await?;
            self.meter.add_bytes(length);
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), WriteError> {
        while !self.ahead.is_empty() {
            self.await_oldest().await?;
        }
        Ok(())
    }

    /// The connection broke, and `run` ended with this error: counts the writes that are in doubt.
    pub(crate) async fn count_unknown(&mut self, error: &WriteError) {
        self.tally.unknown += u64::from(is_unknown(error));
        for (_length, write) in self.ahead.drain(..) {
            self.tally.unknown += u64::from(write.await.is_err_and(|error| is_unknown(&error)));
        }
    }

    /// Begins a long message and stops it half-way. With nothing before it, its first bytes leave at once; the message
    /// behind it, which is never one to be withdrawn, must not notice.
    async fn abort(&mut self, item: Item, behind: Option<Item>) -> Result<(), WriteError> {
        self.flush().await?;
        let mut write = self.socket.write(self.corpus.message(&self.stream, item));
        behind.into_iter().for_each(|behind| self.queue(behind));
        let patience = Duration::from_micros(Dice(item.number).below(2_000).into());
        match timeout(patience, &mut write).await {
            // It was faster than we were.
            Ok(sent) => sent.map(|_number| self.tally.too_late += 1),
            Err(_elapsed) => {
                self.cancel(item, write);
                Ok(())
            }
        }
    }

    /// Queues a message behind others and takes it back.
    fn recall(&mut self, item: Item) {
        let write = self.socket.write(self.corpus.message(&self.stream, item));
        self.cancel(item, write);
    }

    /// Lets the library send a message that nobody awaits, and cancels it then.
    async fn cancel_late(&mut self, item: Item) {
        let write = self.socket.write(self.corpus.message(&self.stream, item));
        for _ in 0..100 {
            if write.status() != Status::Pending {
                break;
            }
            sleep(Duration::from_millis(1)).await;
        }
        self.cancel(item, write);
    }

    /// Cancels, and believes what that says: only what was too late counts as sent.
    fn cancel(&mut self, item: Item, write: Write) {
        match write.cancel() {
            Cancelled::TooLate => self.tally.too_late += 1,
            Cancelled::Aborted => {
                self.tally.aborted += 1;
                self.withdrawn.push(item.number);
            }
            Cancelled::Recalled(message) => {
                self.tally.recalled += 1;
                self.tally.partial += u64::from(message != self.corpus.message(&self.stream, item));
                self.withdrawn.push(item.number);
            }
            _ => self.tally.unknown += 1,
        }
    }

    fn account(&self) -> Bytes {
        let envelope = Envelope::of(&self.stream, Kind::Account, self.stream.count);
        let append = |message: &mut Vec<u8>| {
            message.extend(self.withdrawn.iter().flat_map(|number| number.to_le_bytes()));
        };
        envelope.seal(0, append)
    }
}

const fn is_unknown(error: &WriteError) -> bool {
    matches!(error, WriteError::Unknown { .. })
}
