//! Readiness by the keeper.

use core::future::{Future, poll_fn};
use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::time::Instant;

#[cfg(unix)]
use bowline_net::Descriptor;
use bowline_net::Reactor;
use bowline_runtime::{Executor, Timer};

use crate::executor;
use crate::keeper::Keeper;
use crate::pool;
#[cfg(unix)]
use crate::source::StdSource;
use crate::timers::KeeperTimer;

/// The keeper, as a reactor.
#[derive(Clone, Copy)]
pub(crate) struct StdReactor(pub(crate) &'static Keeper);

impl Reactor for StdReactor {
    #[cfg(unix)]
    type Source<T: Descriptor> = StdSource<T>;

    #[cfg(unix)]
    fn watch<T: Descriptor>(&self, descriptor: T) -> io::Result<StdSource<T>> {
        Ok(StdSource::new(self.0, descriptor))
    }

    fn executor(&self) -> Arc<dyn Executor> {
        executor::shared(self.0)
    }

    fn sleep(&self, pause: Duration) -> impl Future<Output = ()> + Send {
        let (mut timer, deadline) = (KeeperTimer::new(self.0), Instant::now() + pause);
        poll_fn(move |cx| timer.poll_until(cx, deadline))
    }

    async fn unblock<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> io::Result<R> {
        let done = pool::spawn(async move { work() }).fallible().await;
        done.ok_or_else(|| io::Error::other("the work has panicked"))
    }
}
