//! The two ways to wait: awaiting on the adapter's executor, or blocking a thread.

use core::future::Future;
use core::time::Duration;
use std::sync::mpsc;
use std::thread;

use bowline_runtime::{Operation, Task};
use smol::Timer;

use super::within;
use crate::World;
use crate::watchdog::PATIENCE;

/// How a part of a trial waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// It awaits, on the adapter's executor.
    Executor,
    /// It blocks a thread of its own.
    Thread,
}

impl Way {
    /// Takes turns.
    #[must_use]
    pub const fn of(number: u64) -> Self {
        if number.is_multiple_of(2) { Self::Executor } else { Self::Thread }
    }

    /// Runs a part of a trial to its end.
    ///
    /// # Panics
    /// When it does.
    pub fn run<T: Send + 'static>(self, world: &World, part: impl Future<Output = T> + Send + 'static) -> T {
        match self {
            Self::Thread => smol::block_on(part),
            Self::Executor => {
                let (done, result) = mpsc::channel();
                world.adapter.spawn(Box::pin(async move {
                    let _nobody_waits = done.send(part.await);
                }));
                result.recv().expect("the part does not panic")
            }
        }
    }

    /// The result of a task.
    ///
    /// # Errors
    /// When it takes too long: something hangs.
    pub async fn end<O: Operation>(self, what: &str, mut task: Task<O>) -> Result<O::Output, String> {
        match self {
            Self::Executor => within(what, task).await,
            Self::Thread => task.wait_for(PATIENCE).ok_or_else(|| format!("{what} hangs")),
        }
    }

    /// The result of a task, if it comes in this time.
    pub async fn end_for<O: Operation>(self, task: &mut Task<O>, time: Duration) -> Option<O::Output> {
        match self {
            Self::Thread => task.wait_for(time),
            Self::Executor => {
                let late = async {
                    Timer::after(time).await;
                    None
                };
                smol::future::or(async { Some(task.await) }, late).await
            }
        }
    }

    /// Does nothing for a while.
    pub async fn pause(self, time: Duration) {
        match self {
            Self::Thread => thread::sleep(time),
            Self::Executor => drop(Timer::after(time).await),
        }
    }
}
