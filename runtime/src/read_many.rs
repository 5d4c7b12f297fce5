//! Reading several messages in one task.

use core::task::{Poll, Waker};
use std::sync::Arc;
use std::time::Instant;

use bowline_core::Status;
use bytes::Bytes;

use crate::error::{Misuse, ReadError};
use crate::executor::Executor;
use crate::handle::Handle;
use crate::parcel::Parcel;
use crate::read::ReadOperation;
use crate::task::{Operation, Task, sealed};

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
