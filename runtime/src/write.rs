//! Writing as a task.

use core::fmt::DebugStruct;
use core::task::{Poll, Waker};
use std::sync::Arc;
use std::time::Instant;

use bowline_core::{Cancelled, Connection, Outcome, Rejected, Status, TaskId, WriteRejection};
use bytes::Bytes;

use crate::drive::Driven;
use crate::error::{Misuse, WriteError};
use crate::executor::Executor;
use crate::handle::Handle;
use crate::parcel::{Parcel, Parcels};
use crate::read::is_decided;
use crate::task::{Operation, Task, sealed};
use crate::waiters::{Side, Ticket};

/// A write under way: it yields the message's number once the whole message was handed to the operating system.
///
/// Writes leave in the order in which they were made. The numbers count this side's messages from 1; `close` reports in
/// them.
///
/// # Cancel safety
/// Dropping a write cancels it: a message of which nothing has left is never sent; a long one that is on its way stops
/// at the next chunk and the peer discards its beginning; one that can't be stopped any more is sent whole. The peer
/// never sees a part of a message, and the connection lives on. [`cancel`](Task::cancel) says which it was and hands
/// the payload back; [`detach`](Task::detach) lets the write go on without its handle.
pub type Write = Task<WriteOperation>;

/// What a [`Write`] does.
pub struct WriteOperation {
    handle: Handle,
    state: State,
}

enum State {
    Queued(TaskId),
    /// It was not even queued.
    Rejected(Box<WriteError>),
    Taken,
}

impl WriteOperation {
    /// Queues a message. Nothing is sent yet: awaiting sends at once, and everything that is queued with it; what nobody
    /// awaits is sent by the keeper, in large batches.
    pub(crate) fn start(handle: Handle, payload: Bytes) -> Write {
        let length = payload.len();
        let queued = queue(&handle, |connection| connection.write(Parcel::new(payload)));
        handle.view.queued("single", length, queued.as_ref().err());
        let state = match queued {
            Ok(task) => State::Queued(task),
            Err(error) => State::Rejected(Box::new(error)),
        };
        Task::new(Self { handle, state })
    }

    pub(crate) fn try_start(handle: Handle, payload: Bytes) -> Result<Write, WriteError> {
        let length = payload.len();
        let queued = queue(&handle, |connection| connection.try_write(Parcel::new(payload)));
        handle.view.queued("single", length, queued.as_ref().err());
        queued.map(|task| Task::new(Self { handle, state: State::Queued(task) }))
    }

    fn with<R>(&self, work: impl FnOnce(&mut Driven) -> R) -> R {
        self.handle.with(work)
    }

    fn cancel(&mut self) -> Cancelled<Bytes> {
        match core::mem::replace(&mut self.state, State::Taken) {
            State::Queued(task) => {
                let cancelled = self.with(|driven| driven.connection.cancel_write(task));
                self.handle.stop_waiting(Ticket::task(task));
                // An abort has to be told to the peer, and what was behind this write may have room now.
                self.handle.waiters.call_keeper();
                let cancelled = cancelled.map_or(Cancelled::TooLate, unpack);
                self.handle.view.cancelled(&cancelled);
                cancelled
            }
            State::Rejected(error) => error.into_payload().map_or(Cancelled::TooLate, Cancelled::Recalled),
            State::Taken => Cancelled::TooLate,
        }
    }
}

/// Queues a message by `write`, and sees to it that somebody will send it.
fn queue(
    handle: &Handle,
    write: impl FnOnce(&mut Connection<Parcels>) -> Result<TaskId, Rejected<Parcel>>,
) -> Result<TaskId, WriteError> {
    let (written, is_expected) = handle.with(|driven| (write(&mut driven.connection), driven.expect_drive()));
    if !is_expected {
        handle.expect_drive();
    }
    written.map_err(WriteError::from)
}

impl Write {
    /// Takes the write back, or stops it, and says which.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn cancel(self) -> Cancelled<Bytes> {
        self.into_operation().cancel()
    }

    /// Lets the write go on without its handle. Nobody will hear what becomes of it.
    ///
    /// # Errors
    /// Hands the task back when there is no room for the message within the limits yet: await it, which waits for room,
    /// or drop it, which cancels it. So what is detached is always within the limits, however slowly the peer reads. Also
    /// hands it back when it has failed already: await it to hear why and to have the payload.
    pub fn detach(self) -> Result<(), Self> {
        let mut operation = self.into_operation();
        let State::Queued(task) = operation.state else { return Err(Task::new(operation)) };
        let detach = |driven: &mut Driven| {
            (driven.connection.detach_write(task) != Some(false)).then(|| driven.see_off(&operation.handle))
        };
        let Some(is_called) = operation.with(detach) else { return Err(Task::new(operation)) };
        if !is_called {
            operation.handle.waiters.call_keeper();
        }
        operation.state = State::Taken;
        Ok(())
    }
}

impl sealed::Sealed for WriteOperation {}

impl Operation for WriteOperation {
    type Output = Result<u64, WriteError>;

    fn poll(&mut self, waker: Option<&Waker>) -> Poll<Self::Output> {
        let State::Queued(task) = self.state else {
            let state = core::mem::replace(&mut self.state, State::Taken);
            return Poll::Ready(Err(state.into_error()));
        };
        let take = |driven: &mut Driven| driven.connection.take_write(task).map(result);
        let polled = self.handle.poll(waker, Ticket::task(task), Side::Write, take);
        if let Poll::Ready(result) = &polled {
            self.state = State::Taken;
            self.handle.view.sent(result);
        }
        polled
    }

    fn status(&self) -> Status {
        match &self.state {
            State::Queued(task) => {
                let status = self.with(|driven| driven.connection.write_status(*task));
                if status == Some(Status::Pending) {
                    self.handle.waiters.call_keeper();
                }
                status.unwrap_or(Status::Failure)
            }
            State::Rejected(_) | State::Taken => Status::Failure,
        }
    }

    fn poll_done(&mut self, waker: Option<&Waker>) -> bool {
        let State::Queued(task) = self.state else { return true };
        let done = |driven: &mut Driven| is_decided(driven.connection.write_status(task));
        self.handle.poll(waker, Ticket::task(task), Side::Write, done).is_ready()
    }

    fn wait(&mut self, deadline: Option<Instant>) -> Option<Self::Output> {
        let State::Queued(task) = self.state else {
            return Some(Err(core::mem::replace(&mut self.state, State::Taken).into_error()));
        };
        let take = |driven: &mut Driven| driven.connection.take_write(task).map(result);
        let result = self.handle.wait(deadline, Ticket::task(task), Side::Write, take)?;
        self.state = State::Taken;
        self.handle.view.sent(&result);
        Some(result)
    }

    fn stop_waiting(&self) {
        if let State::Queued(task) = self.state {
            self.handle.stop_waiting(Ticket::task(task));
        }
    }

    fn judge(output: &Self::Output) -> Status {
        match output {
            Ok(_) => Status::Success,
            Err(WriteError::Unknown { .. }) => Status::Unknown,
            Err(_) => Status::Failure,
        }
    }

    fn executor(&self) -> &Arc<dyn Executor> {
        &self.handle.executor
    }

    fn misused(misuse: Misuse) -> Self::Output {
        Err(misuse.into())
    }

    fn name(&self) -> &'static str {
        "Write"
    }

    fn glance(&self, shown: &mut DebugStruct<'_, '_>) -> Option<Status> {
        shown.field("socket", &self.handle.view.number());
        let State::Queued(task) = self.state else { return Some(Status::Failure) };
        let status = self.handle.glance(|driven| driven.connection.write_status(task))?;
        Some(status.unwrap_or(Status::Failure))
    }
}

impl Drop for WriteOperation {
    fn drop(&mut self) {
        if matches!(self.state, State::Queued(_)) {
            self.cancel();
        }
    }
}

impl State {
    fn into_error(self) -> WriteError {
        match self {
            Self::Rejected(error) => *error,
            Self::Queued(_) | Self::Taken => Misuse::Taken.into(),
        }
    }
}

pub(crate) fn result(outcome: Outcome<Parcel>) -> Result<u64, WriteError> {
    match outcome {
        Outcome::Sent { number } => Ok(number),
        Outcome::NotSent { payload, reason } => {
            Err(WriteError::NotSent { payload: payload.into_bytes(), reason })
        }
        Outcome::Unknown { reason } => Err(WriteError::Unknown { reason }),
        _ => Err(Misuse::Taken.into()),
    }
}

pub(crate) fn unpack(cancelled: Cancelled<Parcel>) -> Cancelled<Bytes> {
    match cancelled {
        Cancelled::Recalled(payload) => Cancelled::Recalled(payload.into_bytes()),
        Cancelled::Aborted => Cancelled::Aborted,
        Cancelled::Unknown => Cancelled::Unknown,
        _ => Cancelled::TooLate,
    }
}

impl From<Rejected<Parcel>> for WriteError {
    fn from(rejected: Rejected<Parcel>) -> Self {
        let payload = rejected.payload.into_bytes();
        match rejected.why {
            WriteRejection::TooLong { limit } => Self::TooLong { payload, limit },
            WriteRejection::Full => Self::Full { payload },
            WriteRejection::Closed(reason) => Self::NotSent { payload, reason },
            _ => Self::NotSent { payload, reason: bowline_core::CloseReason::Closed },
        }
    }
}
