//! Readiness by tokio's reactor.

use core::future::Future;
use core::time::Duration;
use std::io;
use std::sync::Arc;

#[cfg(unix)]
use bowline_net::Descriptor;
use bowline_net::Reactor;
use bowline_runtime::Executor;
use tokio::runtime::Handle;

use crate::executor::Tokio;
#[cfg(unix)]
use crate::source::TokioSource;

/// A tokio runtime's reactor.
#[derive(Clone)]
pub(crate) struct TokioReactor(pub(crate) Handle);

impl Reactor for TokioReactor {
    #[cfg(unix)]
    type Source<T: Descriptor> = TokioSource<T>;

    #[cfg(unix)]
    fn watch<T: Descriptor>(&self, descriptor: T) -> io::Result<TokioSource<T>> {
        TokioSource::new(descriptor, &self.0)
    }

    fn executor(&self) -> Arc<dyn Executor> {
        Tokio::of(self.0.clone())
    }

    fn sleep(&self, pause: Duration) -> impl Future<Output = ()> + Send {
        let _runtime = self.0.enter();
        tokio::time::sleep(pause)
    }

    async fn unblock<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> io::Result<R> {
        self.0.spawn_blocking(work).await.map_err(io::Error::other)
    }
}
