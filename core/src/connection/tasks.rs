//! From the application: reads and writes.

use super::closing::failure;
use super::{Connection, Phase};
use crate::storage::{BatchOf, Pack, Storage};
use crate::turnstile::Taken;
use crate::{
    BatchOutcome, Cancelled, Outcome, ReadError, Rejected, RejectedBatch, Status, TaskId, WriteRejection,
};

// Reading.
impl<S: Storage> Connection<S> {
    /// Queues a read: the n-th live read owns the n-th message.
    ///
    /// # Errors
    /// [`ReadError::Full`] when a storage of fixed size holds no more reads.
    pub fn read(&mut self) -> Result<TaskId, ReadError> {
        let read = self.ids.next();
        if self.inbox.enter(read) { Ok(read) } else { Err(ReadError::Full) }
    }

    /// Takes the message that this read owns, and ends the read; `None` while there is none.
    ///
    /// # Errors
    /// [`ReadError::Closed`] when nothing more will come, which ends the read; [`ReadError::NoSuchTask`] when it ended
    /// before.
    pub fn take(&mut self, read: TaskId) -> Result<Option<S::Payload>, ReadError> {
        match self.inbox.take(read) {
            Taken::Item(payload) => Ok(Some(payload)),
            Taken::Pending => Ok(None),
            Taken::Ended => Err(ReadError::Closed(self.end_of_input())),
            Taken::NoTicket => Err(ReadError::NoSuchTask),
        }
    }

    /// Takes the first message that no queued read owns.
    pub fn take_unclaimed(&mut self) -> Option<S::Payload> {
        self.inbox.take_unclaimed()
    }

    /// Takes small messages that came together and that no queued read owns, if they are what is next; without a copy and
    /// however many they are. [`take_unclaimed`](Self::take_unclaimed) takes what is next otherwise.
    pub fn take_batch(&mut self) -> Option<BatchOf<S>> {
        self.inbox.take_batch()
    }

    /// Ends a read. Its message, if it has one, goes to the next read. `false` when it ended before.
    pub fn cancel_read(&mut self, read: TaskId) -> bool {
        self.inbox.cancel(read)
    }

    /// How a read stands; `None` when it ended before.
    #[must_use]
    pub fn read_status(&self, read: TaskId) -> Option<Status> {
        self.inbox.status(read)
    }

    /// How many messages have come and were not taken.
    #[must_use]
    pub fn unread(&self) -> usize {
        self.inbox.waiting()
    }

    /// How many reads are queued.
    #[must_use]
    pub fn queued_reads(&self) -> usize {
        self.inbox.reads()
    }
}

// Writing.
impl<S: Storage> Connection<S> {
    /// Queues a message. It leaves after all that were queued before it, once there is room for it within the limits.
    ///
    /// # Errors
    /// Hands the payload back when it can't be queued at all: not open, closing, too long for the peer, or a storage of
    /// fixed size is full.
    pub fn write(&mut self, payload: S::Payload) -> Result<TaskId, Rejected<S::Payload>> {
        let length = match self.check_write(payload.as_ref().len()) {
            Ok(length) => length,
            Err(why) => return Err(Rejected { payload, why }),
        };
        let id = self.ids.next();
        match self.outbox.push(id, payload, length) {
            Ok(()) => Ok(id),
            Err(payload) => Err(Rejected { payload, why: WriteRejection::Full }),
        }
    }

    /// Queues a message if there is room for it within the limits now.
    ///
    /// # Errors
    /// As [`write`](Self::write), and [`WriteRejection::Full`] when there is no room.
    pub fn try_write(&mut self, payload: S::Payload) -> Result<TaskId, Rejected<S::Payload>> {
        if self.check_write(payload.as_ref().len()).is_ok() && !self.outbox.has_room(payload.as_ref().len()) {
            return Err(Rejected { payload, why: WriteRejection::Full });
        }
        self.write(payload)
    }

    /// Queues a message of which nobody will ask what became, if there is room for it within the limits now. Small ones are
    /// put together, which costs less than a task each; one that was copied comes back, to be dropped.
    ///
    /// # Errors
    /// As [`try_write`](Self::try_write).
    pub fn post(&mut self, payload: S::Payload) -> Result<Option<S::Payload>, Rejected<S::Payload>> {
        let length = payload.as_ref().len();
        if self.check_write(length).is_ok()
            && self.outbox.has_room(length)
            && self.outbox.join(payload.as_ref())
        {
            return Ok(Some(payload));
        }
        let write = self.try_write(payload)?;
        self.outbox.detach(write);
        Ok(None)
    }

    /// Cancels a write; `None` when its end was taken, or it was detached, before.
    pub fn cancel_write(&mut self, write: TaskId) -> Option<Cancelled<S::Payload>> {
        let cancelled = self.outbox.cancel(write, || failure(self.end.as_deref(), &self.farewell));
        self.go_on_closing();
        cancelled
    }

    /// Lets a write run on without an owner: nobody will take its end.
    ///
    /// `Some(false)` means that it stays as it is: it waits for room within the limits, in which a detached write always
    /// is, or it has failed, of which its owner has to hear. `None` when its end was taken, or it was detached, before.
    pub fn detach_write(&mut self, write: TaskId) -> Option<bool> {
        self.outbox.detach(write)
    }

    /// How many messages are queued that may leave and have no end yet.
    #[must_use]
    pub fn queued_writes(&self) -> usize {
        if self.has_output() { self.outbox.traffic().queued } else { 0 }
    }

    /// How a write stands; `None` when its end was taken before.
    #[must_use]
    pub fn write_status(&self, write: TaskId) -> Option<Status> {
        self.outbox.status(write)
    }

    /// Takes the end of a write; `None` while it has none, or when it was taken before.
    pub fn take_write(&mut self, write: TaskId) -> Option<Outcome<S::Payload>> {
        self.outbox.take(write, || failure(self.end.as_deref(), &self.farewell))
    }

    /// Queues several small messages, one right behind the other. It costs as little as one message does.
    ///
    /// # Errors
    /// Hands the batch back when it can't be queued at all: not open, closing, one of them too long for the peer, or none there.
    pub fn write_batch(&mut self, batch: BatchOf<S>) -> Result<TaskId, RejectedBatch<BatchOf<S>>> {
        let why = match self.check_write(batch.longest()) {
            Err(why) => why,
            Ok(_) if batch.messages() == 0 => WriteRejection::Empty,
            Ok(_) => {
                let id = self.ids.next();
                let pushed = self.outbox.push_batch(id, batch).map(|()| id);
                return pushed.map_err(|batch| RejectedBatch { batch, why: WriteRejection::Full });
            }
        };
        Err(RejectedBatch { batch, why })
    }

    /// Takes back the messages of a batch of which nothing has left; `None` when its end was taken before.
    pub fn cancel_batch(&mut self, batch: TaskId) -> Option<BatchOf<S>> {
        let unsent = self.outbox.cancel_batch(batch);
        self.go_on_closing();
        unsent
    }

    /// Takes the end of a batch; `None` while it has none, or when it was taken before.
    pub fn take_batch_end(&mut self, batch: TaskId) -> Option<BatchOutcome<BatchOf<S>>> {
        self.outbox.take_batch(batch, || failure(self.end.as_deref(), &self.farewell))
    }

    fn check_write(&self, length: usize) -> Result<u32, WriteRejection> {
        match self.phase {
            Phase::Greeting | Phase::Deciding => return Err(WriteRejection::NotOpen),
            Phase::Open if !self.farewell.ends_output(self.config.is_plain()) => {}
            Phase::Open | Phase::Over => return Err(WriteRejection::Closed(self.end_of_output())),
        }
        let limit = self.peer_limit;
        u32::try_from(length).ok().filter(|&length| length <= limit).ok_or(WriteRejection::TooLong { limit })
    }
}
