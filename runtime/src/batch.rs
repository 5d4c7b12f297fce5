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
    /// Those whose end was not looked at, in order.
    entries: VecDeque<Entry>,
    /// Those that did not leave, in order.
    unsent: Vec<Bytes>,
    error: Option<WriteError>,
    last: u64,
}

enum Entry {
    Queued(TaskId),
    Rejected(WriteError),
    /// It stood behind a rejected one, which it must not overtake.
    NotTried(Bytes),
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
        let mut entries = VecDeque::new();
        for payload in payloads {
            entries.push_back(match entries.back() {
                None | Some(Entry::Queued(_)) => handle.with(|driven| {
                    let queued = driven.connection.write(Parcel::new(payload));
                    queued.map_or_else(|rejected| Entry::Rejected(rejected.into()), Entry::Queued)
                }),
                Some(Entry::Rejected(_) | Entry::NotTried(_)) => Entry::NotTried(payload),
            });
        }
        handle.waiters.expect_drive();
        Task::new(Self { handle, entries, unsent: Vec::new(), error: None, last: 0 })
    }

    fn fail(&mut self, mut error: WriteError) {
        self.unsent.extend(error.take_payload());
        self.error.get_or_insert(error);
    }

    /// The first message without an end.
    fn first(&self) -> Option<TaskId> {
        match self.entries.front()? {
            Entry::Queued(task) => Some(*task),
            Entry::Rejected(_) | Entry::NotTried(_) => None,
        }
    }

    /// Takes the ends that are there; whether there are no others.
    fn take_ends(&mut self) -> bool {
        while let Some(entry) = self.entries.pop_front() {
            match entry {
                Entry::Rejected(error) => self.fail(error),
                Entry::NotTried(payload) => self.unsent.push(payload),
                Entry::Queued(task) => match self.handle.with(|driven| driven.connection.take_write(task)) {
                    Some(outcome) => match write::result(outcome) {
                        Ok(number) => self.last = number,
                        Err(error) => self.fail(error),
                    },
                    None => {
                        self.entries.push_front(Entry::Queued(task));
                        return false;
                    }
                },
            }
        }
        true
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
        while !self.take_ends() {
            let Some(task) = self.first() else { continue };
            let done = |driven: &mut Driven| is_decided(driven.connection.write_status(task));
            if self.handle.poll(waker, Ticket::Task(task), Side::Write, done).is_pending() {
                return false;
            }
        }
        true
    }

    fn stop_waiting(&self) {
        if let Some(task) = self.first() {
            self.handle.stop_waiting(Ticket::Task(task));
        }
    }

    fn status(&self) -> Status {
        match (self.entries.back(), &self.error) {
            (Some(Entry::Queued(task)), _) => {
                self.handle.with(|driven| driven.connection.write_status(*task)).unwrap_or(Status::Failure)
            }
            (Some(_), _) if self.first().is_some() => Status::Pending,
            (_, Some(WriteError::Unknown { .. })) => Status::Unknown,
            (Some(_), _) | (None, Some(_)) => Status::Failure,
            (None, None) => Status::Success,
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
        if self.entries.is_empty() {
            return;
        }
        defer::hold(|| {
            self.stop_waiting();
            // The last first, so that none of them gets the room that another gives up.
            self.handle.with(|driven| {
                for entry in self.entries.drain(..).rev() {
                    if let Entry::Queued(task) = entry {
                        drop(driven.connection.cancel_write(task));
                    }
                }
            });
            self.handle.waiters.call_keeper();
        });
    }
}
