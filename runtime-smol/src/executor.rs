//! Spawning and timers.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::time::Instant;

use bowline_runtime::{BoxFuture, Executor, Lookout, Timer};

/// An executor, by how it spawns.
pub(crate) struct Spawner<S> {
    spawn: S,
    lookout: Lookout,
}

impl<S> Spawner<S> {
    pub(crate) fn new(spawn: S) -> Self {
        Self { spawn, lookout: Lookout::new() }
    }
}

impl<S: Fn(BoxFuture<()>) + Send + Sync + 'static> Executor for Spawner<S> {
    fn spawn(&self, future: BoxFuture<()>) {
        (self.spawn)(future);
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(AsyncIoTimer { armed: None, timer: async_io::Timer::never() })
    }

    fn lookout(&self) -> &Lookout {
        &self.lookout
    }
}

struct AsyncIoTimer {
    /// `None` once it has fired: async-io's then never fires again by itself.
    armed: Option<Instant>,
    timer: async_io::Timer,
}

impl Timer for AsyncIoTimer {
    fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        if self.armed != Some(deadline) {
            self.armed = Some(deadline);
            self.timer.set_at(deadline);
        }
        Pin::new(&mut self.timer).poll(cx).map(|_fired| self.armed = None)
    }
}
