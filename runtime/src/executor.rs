//! What an adapter lends to the runtime: spawning, timers, and a word about threads that must not block.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::time::Instant;

use crate::clock;
use crate::lookout::Lookout;

/// A future that an executor runs to its end.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// An executor as the runtime sees it. Adapters implement it; programs don't call it.
pub trait Executor: Send + Sync + 'static {
    /// Runs a future to its end, or drops it when the executor ends.
    fn spawn(&self, future: BoxFuture<()>);

    /// A timer, not armed.
    fn timer(&self) -> Box<dyn Timer>;

    /// Who looks after the connections of this executor. It costs least where all connections that run on the same threads
    /// share one `Arc<dyn Executor>`.
    fn lookout(&self) -> &Lookout;

    /// Whether the calling thread may be blocked without blocking what it would wait for. `true` when in doubt.
    fn may_block(&self) -> bool {
        true
    }
}

/// An executor that is gone: it drops what it is given, and whoever waits for that hears so.
#[derive(Default)]
pub(crate) struct Nowhere(Lookout);

impl Executor for Nowhere {
    fn spawn(&self, future: BoxFuture<()>) {
        drop(future);
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(Never)
    }

    fn lookout(&self) -> &Lookout {
        &self.0
    }
}

struct Never;

impl Timer for Never {
    fn poll_until(&mut self, _cx: &mut Context<'_>, _deadline: Instant) -> Poll<()> {
        Poll::Pending
    }
}

/// Arms a timer for a deadline, if there is one; `Ready` if that has passed.
///
/// A timer that is not needed costs memory, and a connection may be idle for long: without a deadline it is let go of.
pub(crate) fn poll_deadline(
    timer: &mut Option<Box<dyn Timer>>,
    executor: &dyn Executor,
    cx: &mut Context<'_>,
    deadline: Option<bowline_core::Instant>,
) -> Poll<()> {
    let Some(at) = deadline.and_then(clock::to_system) else {
        *timer = None;
        return Poll::Pending;
    };
    timer.get_or_insert_with(|| executor.timer()).poll_until(cx, at)
}

/// One timer that can be armed again and again.
pub trait Timer: Send {
    /// Ready once `deadline` has passed. A call with another deadline arms it anew.
    fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()>;
}
