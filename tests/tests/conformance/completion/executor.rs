//! The least that a connection needs of an executor, on tokio.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::time::Instant;

use bowline_runtime::{BoxFuture, Executor, Lookout, Timer};
use tokio::runtime::Handle;
use tokio::time::Sleep;

pub(crate) struct Simple {
    handle: Handle,
    lookout: Lookout,
}

impl Simple {
    pub(crate) fn new(handle: Handle) -> Self {
        Self { handle, lookout: Lookout::new() }
    }
}

impl Executor for Simple {
    fn spawn(&self, future: BoxFuture<()>) {
        drop(self.handle.spawn(future));
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(Alarm { handle: self.handle.clone(), sleep: None })
    }

    fn lookout(&self) -> &Lookout {
        &self.lookout
    }
}

struct Alarm {
    handle: Handle,
    sleep: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Timer for Alarm {
    fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let _inside = self.handle.enter();
        if self.sleep.as_ref().is_none_or(|(at, _)| *at != deadline) {
            self.sleep = Some((deadline, Box::pin(tokio::time::sleep_until(deadline.into()))));
        }
        self.sleep.as_mut().map_or(Poll::Pending, |(_, sleep)| sleep.as_mut().poll(cx))
    }
}
