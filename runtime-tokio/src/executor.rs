//! Spawning and timers.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Instant;

use bowline_runtime::{BoxFuture, Executor, Timer};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::Sleep;

/// The runtime in which something was made.
pub(crate) struct Tokio {
    handle: Handle,
    /// The thread that was last seen running a current-thread runtime.
    thread: Arc<Mutex<Option<ThreadId>>>,
}

impl Tokio {
    pub(crate) fn of(handle: Handle) -> Arc<dyn Executor> {
        Arc::new(Self { handle, thread: Arc::default() })
    }
}

impl Executor for Tokio {
    fn spawn(&self, future: BoxFuture<()>) {
        if self.handle.runtime_flavor() == RuntimeFlavor::CurrentThread {
            let thread = Arc::clone(&self.thread);
            drop(self.handle.spawn(Watched { future, thread }));
        } else {
            drop(self.handle.spawn(future));
        }
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(TokioTimer { handle: self.handle.clone(), sleep: None })
    }

    fn may_block(&self) -> bool {
        let thread = *self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        thread != Some(thread::current().id())
    }
}

/// A future that notes which thread runs a current-thread runtime: one that waits there would wait for itself.
struct Watched {
    future: BoxFuture<()>,
    thread: Arc<Mutex<Option<ThreadId>>>,
}

impl Future for Watched {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current().id());
        self.future.as_mut().poll(cx)
    }
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
