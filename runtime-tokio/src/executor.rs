//! Spawning and timers.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Instant;

use bowline_runtime::{BoxFuture, Executor, Lookout, Timer};
use tokio::runtime::{Handle, Id, RuntimeFlavor};
use tokio::task::coop::poll_proceed;
use tokio::time::Sleep;

/// The runtime in which something was made.
pub(crate) struct Tokio {
    handle: Handle,
    lookout: Lookout,
}

/// Those of the runtimes that have connections.
static SHARED: LazyLock<Mutex<HashMap<Id, Weak<Tokio>>>> = LazyLock::new(Mutex::default);

impl Tokio {
    /// The same one for all connections of a runtime.
    pub(crate) fn of(handle: Handle) -> Arc<dyn Executor> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = shared.entry(handle.id()).or_default();
        if let Some(known) = entry.upgrade() {
            return known;
        }
        let new = Arc::new(Self { handle, lookout: Lookout::new() });
        *entry = Arc::downgrade(&new);
        shared.retain(|_, known| known.strong_count() > 0);
        new
    }
}

impl Executor for Tokio {
    fn spawn(&self, future: BoxFuture<()>) {
        drop(self.handle.spawn(future));
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(TokioTimer { handle: self.handle.clone(), sleep: None })
    }

    fn lookout(&self) -> &Lookout {
        &self.lookout
    }

    /// Only a current-thread runtime stands still while one of its tasks blocks.
    fn may_block(&self) -> bool {
        let single = self.handle.runtime_flavor() == RuntimeFlavor::CurrentThread;
        let inside = || Handle::try_current().is_ok_and(|handle| handle.id() == self.handle.id());
        !(single && inside() && is_in_task())
    }
}

/// Whether this code runs in a task or in `block_on`, where tokio limits how long it may run; on a thread that has only
/// entered the runtime, or one for blocking work, there is no limit.
fn is_in_task() -> bool {
    let mut cx = Context::from_waker(Waker::noop());
    let mut taken = Vec::new();
    // A task's budget is 128 at most.
    while taken.len() <= 1000 {
        match poll_proceed(&mut cx) {
            Poll::Ready(unit) => taken.push(unit),
            Poll::Pending => break,
        }
    }
    let limited = taken.len() <= 1000;
    // Each gives back what it found, so that the first must be the last.
    while taken.pop().is_some() {}
    limited
}

struct TokioTimer {
    handle: Handle,
    sleep: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Timer for TokioTimer {
    fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let _runtime = self.handle.enter();
        let (armed, sleep) =
            self.sleep.get_or_insert_with(|| (deadline, Box::pin(tokio::time::sleep_until(deadline.into()))));
        if *armed != deadline {
            *armed = deadline;
            sleep.as_mut().reset(deadline.into());
        }
        sleep.as_mut().poll(cx)
    }
}
