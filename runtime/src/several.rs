//! Waiting for several tasks at once, of whatever kinds.

use core::future::poll_fn;
use core::task::{Poll, Waker};
use std::time::Instant;

use crate::error::Misuse;
use crate::park;
use crate::task::{Operation, Task, sealed};

/// A task of any kind, for waiting on several.
pub trait Waitable: Send + sealed::Waitable {
    /// Moves the task on and says whether its result is there, to be taken whenever it is convenient.
    #[doc(hidden)]
    fn poll_done(&mut self, waker: &Waker) -> bool;

    #[doc(hidden)]
    fn stop_waiting(&self);

    #[doc(hidden)]
    fn may_block(&self) -> bool;
}

impl<O: Operation> sealed::Waitable for Task<O> {}

impl<O: Operation> Waitable for Task<O> {
    fn poll_done(&mut self, waker: &Waker) -> bool {
        self.operation_mut().poll_done(Some(waker))
    }

    fn stop_waiting(&self) {
        self.operation().stop_waiting();
    }

    fn may_block(&self) -> bool {
        self.operation().executor().may_block()
    }
}

/// Blocks this thread until one of the tasks has its result, and says which; `None` when the deadline has passed, which
/// leaves all as they were, or when there are no tasks. The result stays in the task.
///
/// ```no_run
/// # fn example(socket: &bowline_runtime::Socket) -> Result<(), Box<dyn std::error::Error>> {
/// let (mut read, mut ended) = (socket.read(), socket.ended());
/// match bowline_runtime::wait_any(&mut [&mut read, &mut ended], None)? {
///     Some(0) => println!("{:?}", read.try_take()),
///     _ => println!("over: {:?}", ended.try_take()),
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`Misuse::WouldDeadlock`] on a thread that runs an executor which one of the tasks needs; see [`Task::wait`].
pub fn wait_any(tasks: &mut [&mut dyn Waitable], deadline: Option<Instant>) -> Result<Option<usize>, Misuse> {
    if tasks.is_empty() {
        return Ok(None);
    }
    block(tasks, deadline, poll_any)
}

/// Blocks this thread until all of the tasks have their results; `false` when the deadline has passed, which leaves all
/// as they were. The results stay in the tasks.
///
/// # Errors
/// As [`wait_any`].
pub fn wait_all(tasks: &mut [&mut dyn Waitable], deadline: Option<Instant>) -> Result<bool, Misuse> {
    Ok(block(tasks, deadline, poll_all)?.is_some())
}

/// Ends when one of the tasks has its result, and says which; never, if there are none. The result stays in the task.
///
/// # Cancel safety
/// Safe: dropping it leaves the tasks as they were.
pub async fn any(tasks: &mut [&mut dyn Waitable]) -> usize {
    poll_fn(|cx| poll_any(tasks, cx.waker())).await
}

/// Ends when all of the tasks have their results. The results stay in the tasks.
///
/// # Cancel safety
/// Safe: dropping it leaves the tasks as they were.
pub async fn all(tasks: &mut [&mut dyn Waitable]) {
    poll_fn(|cx| poll_all(tasks, cx.waker())).await;
}

fn poll_any(tasks: &mut [&mut dyn Waitable], waker: &Waker) -> Poll<usize> {
    tasks.iter_mut().position(|task| task.poll_done(waker)).map_or(Poll::Pending, Poll::Ready)
}

fn poll_all(tasks: &mut [&mut dyn Waitable], waker: &Waker) -> Poll<()> {
    // Every task is polled, since every one may have to be moved on.
    let waiting = tasks.iter_mut().filter_map(|task| (!task.poll_done(waker)).then_some(())).count();
    if waiting == 0 { Poll::Ready(()) } else { Poll::Pending }
}

fn block<R>(
    tasks: &mut [&mut dyn Waitable],
    deadline: Option<Instant>,
    poll: fn(&mut [&mut dyn Waitable], &Waker) -> Poll<R>,
) -> Result<Option<R>, Misuse> {
    if tasks.iter().any(|task| !task.may_block()) && poll(tasks, Waker::noop()).is_pending() {
        return Err(Misuse::WouldDeadlock);
    }
    let result = park::wait(deadline, |waker| poll(tasks, waker));
    tasks.iter().for_each(|task| task.stop_waiting());
    Ok(result)
}
