//! Reading as a task.

use core::fmt::DebugStruct;
use core::task::{Poll, Waker};
use std::sync::Arc;
use std::time::Instant;

use bowline_core::{CloseReason, Status, TaskId};
use bytes::Bytes;

use crate::drive::Driven;
use crate::error::{Misuse, ReadError};
use crate::handle::Handle;
use crate::task::{Operation, Task, sealed};
use crate::waiters::{Side, Ticket};
use crate::{Executor, defer};

/// A read under way: it yields one whole message.
///
/// The n-th live read owns the n-th message.
///
/// # Cancel safety
/// Safe: dropping or cancelling a read loses no message, in whatever state it is. A message that came for it and was
/// not taken goes to the next live read, in order; without one it waits for the next.
pub type Read = Task<ReadOperation>;

/// What a [`Read`] does.
pub struct ReadOperation {
    handle: Handle,
    /// `None` once the result was taken.
    task: Option<TaskId>,
}

impl ReadOperation {
    pub(crate) fn start(handle: Handle) -> Read {
        let task = handle.with(|driven| driven.connection.read());
        // Queues on the heap are never full.
        Task::new(Self { handle, task: task.ok() })
    }

    pub(crate) const fn handle(&self) -> &Handle {
        &self.handle
    }
}

/// Whether a task with this status, if there is one, waits for nothing any more.
pub(crate) fn is_decided(status: Option<Status>) -> Option<()> {
    (status != Some(Status::Pending)).then_some(())
}

fn take(driven: &mut Driven, task: TaskId) -> Option<Result<Bytes, ReadError>> {
    match driven.connection.take(task) {
        Ok(None) => None,
        Ok(Some(parcel)) => Some(Ok(parcel.into_bytes())),
        Err(bowline_core::ReadError::Closed(reason)) => Some(Err(ReadError::Closed(reason))),
        Err(_) => Some(Err(Misuse::Taken.into())),
    }
}

impl Read {
    /// Ends the read. If its message was there already, it was too late to cancel, and here it is; otherwise the message
    /// that would have been its own goes to the next read.
    pub fn cancel(mut self) -> Option<Bytes> {
        self.try_take().and_then(Result::ok)
    }
}

impl sealed::Sealed for ReadOperation {}

impl Operation for ReadOperation {
    type Output = Result<Bytes, ReadError>;

    fn poll(&mut self, waker: Option<&Waker>) -> Poll<Self::Output> {
        let Some(task) = self.task else { return Poll::Ready(Err(Misuse::Taken.into())) };
        let polled = self.handle.poll(waker, Ticket::task(task), Side::Read, |driven| take(driven, task));
        if let Poll::Ready(result) = &polled {
            self.task = None;
            self.handle.view.received(result);
        }
        polled
    }

    fn status(&self) -> Status {
        let status = |task| self.handle.with(|driven| driven.connection.read_status(task));
        self.task.and_then(status).unwrap_or(Status::Failure)
    }

    fn poll_done(&mut self, waker: Option<&Waker>) -> bool {
        let Some(task) = self.task else { return true };
        let done = |driven: &mut Driven| is_decided(driven.connection.read_status(task));
        self.handle.poll(waker, Ticket::task(task), Side::Read, done).is_ready()
    }

    fn wait(&mut self, deadline: Option<Instant>) -> Option<Self::Output> {
        let Some(task) = self.task else { return Some(Err(Misuse::Taken.into())) };
        let result =
            self.handle.wait(deadline, Ticket::task(task), Side::Read, |driven| take(driven, task))?;
        self.task = None;
        self.handle.view.received(&result);
        Some(result)
    }

    fn stop_waiting(&self) {
        if let Some(task) = self.task {
            self.handle.stop_waiting(Ticket::task(task));
        }
    }

    fn judge(output: &Self::Output) -> Status {
        if output.is_ok() { Status::Success } else { Status::Failure }
    }

    fn executor(&self) -> &Arc<dyn Executor> {
        &self.handle.executor
    }

    fn misused(misuse: Misuse) -> Self::Output {
        Err(misuse.into())
    }

    fn name(&self) -> &'static str {
        "Read"
    }

    fn glance(&self, shown: &mut DebugStruct<'_, '_>) -> Option<Status> {
        shown.field("socket", &self.handle.view.number());
        let Some(task) = self.task else { return Some(Status::Failure) };
        let status = self.handle.glance(|driven| driven.connection.read_status(task))?;
        Some(status.unwrap_or(Status::Failure))
    }
}

impl Drop for ReadOperation {
    fn drop(&mut self) {
        let Some(task) = self.task.take() else { return };
        defer::hold(|| {
            self.handle.with(|driven| driven.cancel_read(task, &self.handle));
            self.handle.stop_waiting(Ticket::task(task));
        });
    }
}

impl From<CloseReason> for ReadError {
    fn from(reason: CloseReason) -> Self {
        Self::Closed(reason)
    }
}
