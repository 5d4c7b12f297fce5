//! Readiness by async-io's reactor.

use core::future::Future;
use core::time::Duration;
use std::io;
use std::sync::Arc;

use async_io::Timer;
#[cfg(unix)]
use bowline_net::Descriptor;
use bowline_net::Reactor;
use bowline_runtime::Executor;

use crate::Runtime;
#[cfg(unix)]
use crate::source::AsyncIoSource;

/// The process's one reactor, and an executor for what runs behind the scenes.
#[derive(Clone)]
pub(crate) struct AsyncIo(Arc<dyn Executor>);

impl AsyncIo {
    pub(crate) fn of(runtime: &Runtime) -> Self {
        Self(Arc::clone(&runtime.executor))
    }
}

impl Reactor for AsyncIo {
    #[cfg(unix)]
    type Source<T: Descriptor> = AsyncIoSource<T>;

    #[cfg(unix)]
    fn watch<T: Descriptor>(&self, descriptor: T) -> io::Result<AsyncIoSource<T>> {
        AsyncIoSource::new(descriptor)
    }

    fn executor(&self) -> Arc<dyn Executor> {
        Arc::clone(&self.0)
    }

    async fn sleep(&self, pause: Duration) {
        let _when = Timer::after(pause).await;
    }

    fn unblock<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> impl Future<Output = io::Result<R>> + Send {
        let working = smol::unblock(work);
        async { Ok(working.await) }
    }
}
