//! Waiting in trials: once, and not for ever.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use bowline_runtime::{Operation, Task};
use smol::Timer;
use smol::future::or;

use crate::watchdog::PATIENCE;

/// Polls a task once, as a `select!` does, with a waker that does nothing.
pub fn poll_once<O: Operation>(task: &mut Task<O>) -> Poll<O::Output> {
    Pin::new(task).poll(&mut Context::from_waker(Waker::noop()))
}

/// What comes of a future.
///
/// # Errors
/// When it takes too long: something hangs.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> Result<T, String> {
    let late = async {
        Timer::after(PATIENCE).await;
        Err(format!("{what} hangs"))
    };
    or(async { Ok(future.await) }, late).await
}
