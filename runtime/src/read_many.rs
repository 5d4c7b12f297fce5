//! Reading several messages in one task.

use core::fmt::DebugStruct;
use core::task::{Poll, Waker};
use std::sync::Arc;
use std::time::Instant;

use bowline_core::Status;
use bytes::Bytes;

use crate::batch::Batch;
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
pub type ReadMany = Task<Several<Most>>;

/// A read of everything that is there: it yields at least one message, and those that came together with it. The fastest
/// way to read many small messages, of which none gets memory of its own.
///
/// # Cancel safety
/// Safe: until it yields it owns one message at most, which goes to the next read when this one is dropped.
pub type ReadBatch = Task<Several<Together>>;

/// What reads of several messages do.
pub struct Several<F> {
    first: ReadOperation,
    following: F,
}

/// What is read behind the first message.
pub trait Following: Unpin + Send + sealed::Following {
    /// All that was read.
    type Output: Send + 'static;

    #[doc(hidden)]
    const NAME: &'static str;

    #[doc(hidden)]
    fn follow(&self, first: Bytes, read: &ReadOperation) -> Self::Output;
}

/// So many messages at most.
pub struct Most(usize);

/// What came together.
pub struct Together;

impl sealed::Following for Most {}

impl Following for Most {
    type Output = Vec<Bytes>;

    const NAME: &'static str = "ReadMany";

    fn follow(&self, first: Bytes, read: &ReadOperation) -> Vec<Bytes> {
        let mut messages = vec![first];
        read.handle().with(|driven| {
            let next = || driven.connection.take_unclaimed().map(Parcel::into_bytes);
            messages.extend(core::iter::from_fn(next).take(self.0.saturating_sub(1)));
            driven.resume(read.handle());
        });
        read.handle().view.received_more(|| count(messages[1..].iter().map(|message| &**message)));
        messages
    }
}

impl sealed::Following for Together {}

impl Following for Together {
    type Output = Batch;

    const NAME: &'static str = "ReadBatch";

    fn follow(&self, first: Bytes, read: &ReadOperation) -> Batch {
        let packed = read.handle().with(|driven| {
            let packed = driven.connection.take_batch();
            driven.resume(read.handle());
            packed
        });
        let packed = packed.unwrap_or_default();
        read.handle().view.received_more(|| count(&packed));
        Batch::new(first, packed)
    }
}

impl<F: Following> Several<F> {
    fn start(handle: Handle, following: F) -> Task<Self> {
        Task::new(Self { first: ReadOperation::start(handle).into_operation(), following })
    }

    fn complete(&self, first: Result<Bytes, ReadError>) -> Result<F::Output, ReadError> {
        Ok(self.following.follow(first?, &self.first))
    }
}

impl<F: Following> Task<Several<F>> {
    /// Ends the read. If a message was there already, it was too late to cancel, and here it is with those that came with it;
    /// otherwise the first that comes goes to the next read.
    pub fn cancel(mut self) -> Option<F::Output> {
        self.try_take().and_then(Result::ok)
    }
}

/// How many messages and bytes that is.
fn count<'a>(messages: impl IntoIterator<Item = &'a [u8]>) -> (usize, usize) {
    messages.into_iter().fold((0, 0), |(count, bytes), message| (count + 1, bytes + message.len()))
}

pub(crate) fn read_many(handle: Handle, most: usize) -> ReadMany {
    Several::start(handle, Most(most))
}

pub(crate) fn read_batch(handle: Handle) -> ReadBatch {
    Several::start(handle, Together)
}

impl<F> sealed::Sealed for Several<F> {}

impl<F: Following> Operation for Several<F> {
    type Output = Result<F::Output, ReadError>;

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

    fn name(&self) -> &'static str {
        F::NAME
    }

    fn glance(&self, shown: &mut DebugStruct<'_, '_>) -> Option<Status> {
        self.first.glance(shown)
    }
}
