//! Many messages in one task.

use core::task::{Poll, Waker};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bowline_core::{Status, TaskId};
use bytes::Bytes;

use crate::defer;
use crate::drive::Driven;
use crate::error::{Misuse, ReadError, WriteError};
use crate::executor::Executor;
use crate::handle::Handle;
use crate::parcel::Parcel;
use crate::read::{ReadOperation, is_decided};
use crate::task::{Operation, Task, sealed};
use crate::waiters::{Side, Ticket};
use crate::write;

/// A read of several messages under way: it yields at least one, and as many more as are there by then and no other read
/// owns, up to what was asked for.
///
/// # Cancel safety
/// Safe: until it yields it owns one message at most, which goes to the next read when this one is dropped.
pub type ReadMany = Task<ReadManyOperation>;

/// What a [`ReadMany`] does.
pub struct ReadManyOperation {
    first: ReadOperation,
    most: usize,
}

impl ReadManyOperation {
    pub(crate) fn start(handle: Handle, most: usize) -> ReadMany {
        Task::new(Self { first: ReadOperation::start(handle).into_operation(), most })
    }

    /// The first message and those that are there with it.
    fn complete(&self, first: Result<Bytes, ReadError>) -> Result<Vec<Bytes>, ReadError> {
        let mut messages = vec![first?];
        self.first.handle().with(|driven| {
            let next = || driven.connection.take_unclaimed().map(Parcel::into_bytes);
            messages.extend(core::iter::from_fn(next).take(self.most.saturating_sub(1)));
            driven.resume(self.first.handle());
        });
        Ok(messages)
    }
}

impl sealed::Sealed for ReadManyOperation {}

impl Operation for ReadManyOperation {
    type Output = Result<Vec<Bytes>, ReadError>;

    fn poll(&mut self, waker: Option<&Waker>) -> Poll<Self::Output> {
        self.first.poll(waker).map(|first| self.complete(first))
    }

    fn poll_done(&mut self, waker: Option<&Waker>) -> bool {
        self.first.poll_done(waker)
    }

    fn wait(&mut self, deadline: Option<Instant>) -> Option<Self::Output> {
        self.first.wait(deadline).map(|first| self.complete(first))
    }

    fn stop_waiting(&self) {
        self.first.stop_waiting();
    }

    fn status(&self) -> Status {
        self.first.status()
    }

    fn judge(output: &Self::Output) -> Status {
        if output.is_ok() { Status::Success } else { Status::Failure }
    }

    fn executor(&self) -> &Arc<dyn Executor> {
        self.first.executor()
    }

    fn misused(misuse: Misuse) -> Self::Output {
        Err(misuse.into())
    }
}

/// A write of several messages under way: it yields the number of the last once all are with the operating system.
///
/// # Cancel safety
/// Dropping it cancels all that have not left, as dropping each [`Write`](crate::Write) would.
pub type WriteAll = Task<WriteAllOperation>;

/// What a [`WriteAll`] does.
pub struct WriteAllOperation {
    handle: Handle,
    /// Those without an end, in order.
    tasks: VecDeque<TaskId>,
    /// Those that did not leave, in order.
    unsent: Vec<Bytes>,
    error: Option<WriteError>,
    last: u64,
}

/// Several messages of which not all were sent.
#[derive(Debug, thiserror::Error)]
#[error("{} messages not sent: {error}", unsent.len())]
pub struct WriteAllError {
    /// Those of which not a byte left, in order.
    pub unsent: Vec<Bytes>,
    /// Why, without a payload of its own; [`WriteError::Unknown`] if one of them may have arrived.
    pub error: Box<WriteError>,
}

impl WriteAllOperation {
    pub(crate) fn start(handle: Handle, payloads: impl IntoIterator<Item = Bytes>) -> WriteAll {
        let mut this = Self { handle, tasks: VecDeque::new(), unsent: Vec::new(), error: None, last: 0 };
        for payload in payloads {
            // One after a failure would overtake it.
            if this.error.is_some() {
                this.unsent.push(payload);
                continue;
            }
            match this.handle.with(|driven| driven.connection.write(Parcel::new(payload))) {
                Ok(task) => this.tasks.push_back(task),
                Err(rejected) => this.fail(rejected.into()),
            }
        }
        this.handle.waiters.expect_drive();
        Task::new(this)
    }

    fn fail(&mut self, mut error: WriteError) {
        self.unsent.extend(error.take_payload());
        self.error.get_or_insert(error);
    }

    fn take_ends(&mut self, driven: &mut Driven) -> Option<()> {
        while let Some(task) = self.tasks.front() {
            match write::result(driven.connection.take_write(*task)?) {
                Ok(number) => self.last = number,
                Err(error) => self.fail(error),
            }
            self.tasks.pop_front();
        }
        Some(())
    }

    fn complete(&mut self) -> Result<u64, WriteAllError> {
        match self.error.replace(Misuse::Taken.into()) {
            None => Ok(self.last),
            Some(error) => {
                Err(WriteAllError { unsent: core::mem::take(&mut self.unsent), error: error.into() })
            }
        }
    }
}

impl sealed::Sealed for WriteAllOperation {}

impl Operation for WriteAllOperation {
    type Output = Result<u64, WriteAllError>;

    fn poll(&mut self, waker: Option<&Waker>) -> Poll<Self::Output> {
        if self.poll_done(waker) { Poll::Ready(self.complete()) } else { Poll::Pending }
    }

    fn poll_done(&mut self, waker: Option<&Waker>) -> bool {
        while let Some(task) = self.tasks.front().copied() {
            let handle = self.handle.clone();
            let done = handle.poll(waker, Ticket::Task(task), Side::Write, |driven| {
                is_decided(driven.connection.write_status(task))
            });
            if done.is_pending() {
                return false;
            }
            handle.with(|driven| self.take_ends(driven));
        }
        true
    }

    fn stop_waiting(&self) {
        self.tasks.front().into_iter().for_each(|task| self.handle.stop_waiting(Ticket::Task(*task)));
    }

    fn status(&self) -> Status {
        match (self.tasks.back(), &self.error) {
            (Some(task), _) => {
                self.handle.with(|driven| driven.connection.write_status(*task)).unwrap_or(Status::Failure)
            }
            (None, None) => Status::Success,
            (None, Some(WriteError::Unknown { .. })) => Status::Unknown,
            (None, Some(_)) => Status::Failure,
        }
    }

    fn judge(output: &Self::Output) -> Status {
        match output {
            Ok(_) => Status::Success,
            Err(all) if matches!(*all.error, WriteError::Unknown { .. }) => Status::Unknown,
            Err(_) => Status::Failure,
        }
    }

    fn executor(&self) -> &Arc<dyn Executor> {
        &self.handle.executor
    }

    fn misused(misuse: Misuse) -> Self::Output {
        Err(WriteAllError { unsent: Vec::new(), error: Box::new(misuse.into()) })
    }
}

impl Drop for WriteAllOperation {
    fn drop(&mut self) {
        if self.tasks.is_empty() {
            return;
        }
        defer::hold(|| {
            self.stop_waiting();
            // The last first, so that none of them gets the room that another gives up.
            self.handle.with(|driven| {
                for task in self.tasks.drain(..).rev() {
                    drop(driven.connection.cancel_write(task));
                }
            });
            self.handle.waiters.call_keeper();
        });
    }
}
