//! A task: one operation, and every way to wait for it.

use core::fmt::DebugStruct;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use bowline_core::Status;

use crate::error::Misuse;
use crate::executor::Executor;
use crate::glance::Seen;
use crate::park;

/// One operation under way: a read, write, accept, connect or close.
///
/// It may be complete at once or later. It can be awaited in any executor, waited on by a plain thread, watched by a
/// callback, asked how it stands, cancelled, and dropped; each kind says what cancelling and dropping mean. Its result
/// can be fetched whenever it is convenient, once.
///
/// ```no_run
/// # async fn example(socket: bowline_runtime::Socket) -> Result<(), Box<dyn std::error::Error>> {
/// use core::time::Duration;
///
/// let mut read = socket.read();
/// // On a plain thread, with a deadline that leaves the task as it was:
/// if let Some(message) = read.wait_for(Duration::from_millis(100)) {
///     println!("{} bytes", message?.len());
/// } else {
///     // Later, in async code:
///     println!("{} bytes", read.await?.len());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a task that is dropped is cancelled"]
pub struct Task<O: Operation> {
    operation: O,
    /// How it ended, once the result was taken.
    ended: Option<Status>,
}

/// What a task does. The kinds are bowline's own.
pub trait Operation: Unpin + Send + sealed::Sealed {
    /// What comes of it.
    type Output: Send + 'static;

    /// Looks, and moves on what can be moved; registers the waker, if there is one.
    #[doc(hidden)]
    fn poll(&mut self, waker: Option<&Waker>) -> Poll<Self::Output>;

    /// The waker that was registered is of no use any more.
    #[doc(hidden)]
    fn stop_waiting(&self);

    /// Like `poll`, but leaves the result where it is; whether it is there.
    #[doc(hidden)]
    fn poll_done(&mut self, waker: Option<&Waker>) -> bool;

    /// Blocks the thread until there is a result, at most until the deadline.
    #[doc(hidden)]
    fn wait(&mut self, deadline: Option<Instant>) -> Option<Self::Output> {
        let result = park::wait(deadline, |waker| self.poll(Some(waker)));
        if result.is_none() {
            self.stop_waiting();
        }
        result
    }

    /// How the task stands while its result was not taken.
    #[doc(hidden)]
    fn status(&self) -> Status;

    /// How a task with this result has ended.
    #[doc(hidden)]
    fn judge(output: &Self::Output) -> Status;

    #[doc(hidden)]
    fn executor(&self) -> &Arc<dyn Executor>;

    #[doc(hidden)]
    fn misused(misuse: Misuse) -> Self::Output;

    /// What it is called in a log.
    #[doc(hidden)]
    fn name(&self) -> &'static str;

    /// Shows whose task it is, and says how it stands; `None` while somebody holds the lock. Moves nothing on.
    #[doc(hidden)]
    fn glance(&self, shown: &mut DebugStruct<'_, '_>) -> Option<Status>;
}

pub(crate) mod sealed {
    pub trait Sealed {}
    pub trait Waitable {}
    pub trait Following {}
}

impl<O: Operation> Task<O> {
    pub(crate) const fn new(operation: O) -> Self {
        Self { operation, ended: None }
    }

    pub(crate) const fn operation(&self) -> &O {
        &self.operation
    }

    pub(crate) const fn operation_mut(&mut self) -> &mut O {
        &mut self.operation
    }

    pub(crate) fn into_operation(self) -> O {
        self.operation
    }

    /// How the task stands. It leaves [`Status::Pending`] once and never changes again.
    #[must_use]
    pub fn status(&self) -> Status {
        self.ended.unwrap_or_else(|| self.operation.status())
    }

    /// Takes the result if it is there; never blocks, never cancels.
    pub fn try_take(&mut self) -> Option<O::Output> {
        match self.operation.poll(None) {
            Poll::Ready(output) => Some(self.end(output)),
            Poll::Pending => None,
        }
    }

    /// Blocks this thread until there is a result.
    ///
    /// On a thread that runs the executor which this task needs, that would last for ever; where that can be detected
    /// the result is [`Misuse::WouldDeadlock`], and the task stays as it was. It can be detected in tasks of tokio's
    /// current-thread runtime (but not inside `unconstrained`); other executors are believed to have another thread.
    pub fn wait(mut self) -> O::Output {
        self.block(None).unwrap_or_else(|| O::misused(Misuse::Taken))
    }

    /// Blocks this thread until there is a result, at most for `timeout`; `None` when that has passed, which leaves the
    /// task as it was. See [`wait`](Self::wait) for threads that must not block.
    pub fn wait_for(&mut self, timeout: Duration) -> Option<O::Output> {
        match Instant::now().checked_add(timeout) {
            Some(deadline) => self.wait_until(deadline),
            None => self.block(None),
        }
    }

    /// Blocks this thread until there is a result, at most until `deadline`; `None` when that has passed, which leaves
    /// the task as it was. See [`wait`](Self::wait) for threads that must not block.
    pub fn wait_until(&mut self, deadline: Instant) -> Option<O::Output> {
        self.block(Some(deadline))
    }

    /// Hands the result to `callback` once there is one, on a thread of the executor; also if it is there already. The
    /// callback may close, drop and cancel anything. It never runs inside this call.
    ///
    /// The library holds the task from now on. If the executor ends first, the callback is dropped without a call.
    pub fn on_complete(self, callback: impl FnOnce(O::Output) + Send + 'static)
    where
        O: 'static,
    {
        let executor = Arc::clone(self.operation.executor());
        executor.spawn(Box::pin(async move { callback(self.await) }));
    }

    fn block(&mut self, deadline: Option<Instant>) -> Option<O::Output> {
        if !self.operation.executor().may_block() && self.status() == Status::Pending {
            return Some(O::misused(Misuse::WouldDeadlock));
        }
        let output = self.operation.wait(deadline)?;
        Some(self.end(output))
    }

    /// Remembers how it ended: one outcome, never revised.
    fn end(&mut self, output: O::Output) -> O::Output {
        self.ended.get_or_insert_with(|| O::judge(&output));
        output
    }
}

impl<O: Operation> core::fmt::Debug for Task<O> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut shown = f.debug_struct(self.operation.name());
        let status = self.operation.glance(&mut shown);
        shown.field("status", &Seen(self.ended.or(status))).finish()
    }
}

impl<O: Operation> Future for Task<O> {
    type Output = O::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O::Output> {
        let output = ready!(self.operation.poll(Some(cx.waker())));
        Poll::Ready(self.end(output))
    }
}
