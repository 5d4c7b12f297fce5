//! The least that a connection needs of an executor, on tokio.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::time::Instant;

use bowline_runtime::{BoxFuture, Executor, Timer};
use tokio::runtime::Handle;
use tokio::time::Sleep;

pub(crate) struct Simple(pub(crate) Handle);

impl Executor for Simple {
    fn spawn(&self, future: BoxFuture<()>) {
        drop(self.0.spawn(future));
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(Alarm { handle: self.0.clone(), sleep: None })
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
