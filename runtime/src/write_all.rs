//! Writing several messages in one task.

use core::fmt::DebugStruct;
use core::task::{Poll, Waker};
use std::collections::VecDeque;
use std::sync::Arc;

use bowline_core::{Batch, BatchOutcome, Cancelled, CloseReason, Outcome, Status, TaskId};
use bytes::Bytes;

use crate::defer;
use crate::drive::Driven;
use crate::error::{Misuse, WriteError};
use crate::executor::Executor;
use crate::handle::Handle;
use crate::parcel::Parcel;
use crate::read::is_decided;
use crate::task::{Operation, Task, sealed};
use crate::waiters::{Side, Ticket};
use crate::write;

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
    ends: Ends,
}

/// What became of those that have an end.
#[derive(Default)]
struct Ends {
    /// Those that did not leave, in order.
    unsent: Vec<Bytes>,
    failure: Option<WriteFailure>,
    last: u64,
}

enum Entry {
    Queued(TaskId),
    /// Several small ones.
    Batch(TaskId),
    Rejected(WriteError),
    /// It stood behind a rejected one, which it must not overtake.
    NotTried(Bytes),
}

/// What is queued in one step.
enum Part {
    One(Bytes),
    Many(Batch),
}

/// Several messages of which not all were sent.
#[derive(thiserror::Error)]
#[error("{} messages not sent: {failure}", unsent.len())]
pub struct WriteAllError {
    /// Those of which not a byte left, in order.
    pub unsent: Vec<Bytes>,
    /// What became of the first that was not sent.
    pub failure: WriteFailure,
}

/// Without the payloads, which may be long and are the user's.
impl core::fmt::Debug for WriteAllError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "WriteAllError({self})")
    }
}

/// What can become of a write that was not done; a [`WriteError`] without its payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteFailure {
    /// Not a byte of it left.
    #[error("not sent: {0}")]
    NotSent(CloseReason),
    /// It is longer than the peer takes.
    #[error("longer than the {limit} bytes that the peer takes")]
    TooLong {
        /// The peer's limit in bytes.
        limit: u32,
    },
    /// The connection broke with bytes on their way: the peer may or may not have it.
    #[error("unknown whether it was received: {0}")]
    Unknown(CloseReason),
    /// The caller's fault.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

/// What came back of a write of several messages that was cancelled. Those before are with the operating system.
#[derive(Default)]
pub struct CancelledAll {
    /// Those of which not a byte left, in order.
    pub unsent: Vec<Bytes>,
    /// What became of the one before them, if it was on its way: it was stopped, or nobody knows. A small message is never
    /// stopped.
    pub interrupted: Option<Cancelled<Bytes>>,
}

/// Without the payloads, as [`WriteAllError`].
impl core::fmt::Debug for CancelledAll {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CancelledAll")
            .field("unsent", &self.unsent.len())
            .field("interrupted", &self.interrupted)
            .finish()
    }
}

impl WriteFailure {
    fn split(error: WriteError) -> (Self, Option<Bytes>) {
        match error {
            WriteError::NotSent { payload, reason } => (Self::NotSent(reason), Some(payload)),
            WriteError::TooLong { payload, limit } => (Self::TooLong { limit }, Some(payload)),
            WriteError::Full { payload } => (Self::NotSent(CloseReason::Closed), Some(payload)),
            WriteError::Unknown { reason } => (Self::Unknown(reason), None),
            WriteError::Misuse(misuse) => (misuse.into(), None),
        }
    }
}

impl WriteAll {
    /// Takes back all that has not begun to leave, and stops what has, where it can be stopped.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn cancel(self) -> CancelledAll {
        self.into_operation().cancel()
    }
}

impl WriteAllOperation {
    pub(crate) fn start(handle: Handle, payloads: impl IntoIterator<Item = Bytes>) -> WriteAll {
        // Before the lock is taken, since it is the user's code that brings them.
        let parts = pack(payloads);
        handle.view.queues(|| count(&parts));
        let mut entries = VecDeque::with_capacity(parts.len());
        handle.with(|driven| parts.into_iter().for_each(|part| queue(driven, part, &mut entries)));
        handle.expect_drive();
        Task::new(Self { handle, entries, ends: Ends::default() })
    }

    fn cancel(&mut self) -> CancelledAll {
        let mut all = CancelledAll { unsent: core::mem::take(&mut self.ends.unsent), interrupted: None };
        if self.entries.is_empty() {
            return all;
        }
        defer::hold(|| {
            self.stop_waiting();
            let (mut back, entries) = (VecDeque::new(), &mut self.entries);
            self.handle.with(|driven| {
                // The last first, so that none of them gets the room that another gives up.
                for entry in entries.drain(..).rev() {
                    all.interrupted = take_back(driven, entry, &mut back).or(all.interrupted.take());
                }
            });
            all.interrupted.iter().for_each(|how| self.handle.view.cancelled(how));
            self.handle.view.recalled(back.len());
            all.unsent.extend(back);
            self.handle.waiters.call_keeper();
        });
        all
    }

    /// The first that has no end.
    fn first(&self) -> Option<TaskId> {
        match self.entries.front()? {
            Entry::Queued(task) | Entry::Batch(task) => Some(*task),
            Entry::Rejected(_) | Entry::NotTried(_) => None,
        }
    }

    /// The last one, if it was queued.
    fn last(&self) -> Option<TaskId> {
        match self.entries.back()? {
            Entry::Queued(task) | Entry::Batch(task) => Some(*task),
            Entry::Rejected(_) | Entry::NotTried(_) => None,
        }
    }

    /// How it stands when the last one was not queued or is done.
    fn settled(&self) -> Status {
        match (self.entries.back(), &self.ends.failure) {
            (Some(_), _) if self.first().is_some() => Status::Pending,
            (_, Some(WriteFailure::Unknown(_))) => Status::Unknown,
            (Some(_), _) | (None, Some(_)) => Status::Failure,
            (None, None) => Status::Success,
        }
    }

    /// Takes the ends that are there; whether there are no others.
    fn take_ends(&mut self) -> bool {
        let (entries, ends) = (&mut self.entries, &mut self.ends);
        self.handle.with(|driven| {
            while let Some(entry) = entries.pop_front() {
                match entry {
                    Entry::Rejected(error) => {
                        self.handle.view.queued("several", 0, Some(&error));
                        ends.fail(error);
                    }
                    Entry::NotTried(payload) => ends.unsent.push(payload),
                    Entry::Queued(task) => match driven.connection.take_write(task) {
                        Some(outcome) => ends.take(outcome),
                        None => return wait(entries, entry),
                    },
                    Entry::Batch(task) => match driven.connection.take_batch_end(task) {
                        Some(outcome) => ends.take_batch(outcome),
                        None => return wait(entries, entry),
                    },
                }
            }
            true
        })
    }
}

/// An entry has no end yet.
fn wait(entries: &mut VecDeque<Entry>, entry: Entry) -> bool {
    entries.push_front(entry);
    false
}

/// Puts small messages that follow each other together.
fn pack(payloads: impl IntoIterator<Item = Bytes>) -> Vec<Part> {
    let (mut parts, mut batch) = (Vec::new(), Batch::new());
    for payload in payloads {
        if batch.push(&payload) {
            continue;
        }
        parts.extend(take(&mut batch));
        if !batch.push(&payload) {
            parts.push(Part::One(payload));
        }
    }
    parts.extend(take(&mut batch));
    parts
}

/// How many messages and bytes that is.
fn count(parts: &[Part]) -> (usize, usize) {
    parts.iter().fold((0, 0), |(messages, bytes), part| match part {
        Part::One(payload) => (messages + 1, bytes + payload.len()),
        Part::Many(batch) => (messages + batch.len(), bytes + batch.payload_bytes()),
    })
}

fn take(batch: &mut Batch) -> Option<Part> {
    (!batch.is_empty()).then(|| Part::Many(core::mem::take(batch)))
}

fn queue(driven: &mut Driven, part: Part, entries: &mut VecDeque<Entry>) {
    match part {
        Part::One(payload) => entries.push_back(queue_one(driven, payload, entries.back())),
        Part::Many(batch) if may_follow(entries.back()) => match driven.connection.write_batch(batch) {
            Ok(task) => entries.push_back(Entry::Batch(task)),
            // Not all of them have to be at fault.
            Err(rejected) => queue_each(driven, rejected.batch, entries),
        },
        Part::Many(batch) => queue_each(driven, batch, entries),
    }
}

fn queue_each(driven: &mut Driven, batch: Batch, entries: &mut VecDeque<Entry>) {
    for payload in batch.into_shared() {
        entries.push_back(queue_one(driven, payload, entries.back()));
    }
}

fn queue_one(driven: &mut Driven, payload: Bytes, before: Option<&Entry>) -> Entry {
    if !may_follow(before) {
        return Entry::NotTried(payload);
    }
    let queued = driven.connection.write(Parcel::new(payload));
    queued.map_or_else(|rejected| Entry::Rejected(rejected.into()), Entry::Queued)
}

/// Takes back what it can of an entry, in front of what came back before.
fn take_back(driven: &mut Driven, entry: Entry, back: &mut VecDeque<Bytes>) -> Option<Cancelled<Bytes>> {
    match entry {
        Entry::Queued(task) => match driven.connection.cancel_write(task).map(write::unpack)? {
            Cancelled::Recalled(payload) => back.push_front(payload),
            Cancelled::TooLate => {}
            interrupted => return Some(interrupted),
        },
        Entry::Batch(task) => {
            let unsent = driven.connection.cancel_batch(task)?.into_shared().collect::<Vec<_>>();
            unsent.into_iter().rev().for_each(|payload| back.push_front(payload));
        }
        Entry::Rejected(error) => {
            WriteFailure::split(error).1.into_iter().for_each(|payload| back.push_front(payload));
        }
        Entry::NotTried(payload) => back.push_front(payload),
    }
    None
}

const fn may_follow(before: Option<&Entry>) -> bool {
    !matches!(before, Some(Entry::Rejected(_) | Entry::NotTried(_)))
}

impl Ends {
    fn take(&mut self, outcome: Outcome<Parcel>) {
        match write::result(outcome) {
            Ok(number) => self.last = number,
            Err(error) => self.fail(error),
        }
    }

    fn take_batch(&mut self, outcome: BatchOutcome<Batch>) {
        let (unsent, failure) = match outcome {
            BatchOutcome::Sent { number } => return self.last = number,
            BatchOutcome::Broken { unsent, torn: true, reason } => (unsent, WriteFailure::Unknown(reason)),
            BatchOutcome::Broken { unsent, reason, .. } => (unsent, WriteFailure::NotSent(reason)),
            _ => return,
        };
        self.unsent.extend(unsent.into_shared());
        self.failure.get_or_insert(failure);
    }

    fn fail(&mut self, error: WriteError) {
        let (failure, payload) = WriteFailure::split(error);
        self.unsent.extend(payload);
        self.failure.get_or_insert(failure);
    }

    fn complete(&mut self) -> Result<u64, WriteAllError> {
        match self.failure.replace(Misuse::Taken.into()) {
            None => Ok(self.last),
            Some(failure) => Err(WriteAllError { unsent: core::mem::take(&mut self.unsent), failure }),
        }
    }
}

impl sealed::Sealed for WriteAllOperation {}

impl Operation for WriteAllOperation {
    type Output = Result<u64, WriteAllError>;

    fn poll(&mut self, waker: Option<&Waker>) -> Poll<Self::Output> {
        if self.poll_done(waker) { Poll::Ready(self.ends.complete()) } else { Poll::Pending }
    }

    fn poll_done(&mut self, waker: Option<&Waker>) -> bool {
        while !self.take_ends() {
            let Some(task) = self.first() else { continue };
            let done = |driven: &mut Driven| is_decided(driven.connection.write_status(task));
            if self.handle.poll(waker, Ticket::task(task), Side::Write, done).is_pending() {
                return false;
            }
        }
        true
    }

    fn stop_waiting(&self) {
        if let Some(task) = self.first() {
            self.handle.stop_waiting(Ticket::task(task));
        }
    }

    fn status(&self) -> Status {
        let Some(task) = self.last() else { return self.settled() };
        self.handle.with(|driven| driven.connection.write_status(task)).unwrap_or(Status::Failure)
    }

    fn judge(output: &Self::Output) -> Status {
        match output {
            Ok(_) => Status::Success,
            Err(all) if matches!(all.failure, WriteFailure::Unknown(_)) => Status::Unknown,
            Err(_) => Status::Failure,
        }
    }

    fn executor(&self) -> &Arc<dyn Executor> {
        &self.handle.executor
    }

    fn misused(misuse: Misuse) -> Self::Output {
        Err(WriteAllError { unsent: Vec::new(), failure: misuse.into() })
    }

    fn name(&self) -> &'static str {
        "WriteAll"
    }

    fn glance(&self, shown: &mut DebugStruct<'_, '_>) -> Option<Status> {
        shown.field("socket", &self.handle.view.number());
        let Some(task) = self.last() else { return Some(self.settled()) };
        let status = self.handle.glance(|driven| driven.connection.write_status(task))?;
        Some(status.unwrap_or(Status::Failure))
    }
}

impl Drop for WriteAllOperation {
    fn drop(&mut self) {
        self.cancel();
    }
}
