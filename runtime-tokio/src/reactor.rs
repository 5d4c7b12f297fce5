//! Readiness by tokio's reactor.

use core::future::Future;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use bowline_net::{Attempt, Descriptor, Reactor, Source};
use bowline_runtime::Executor;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::runtime::Handle;

use crate::executor::Tokio;
use crate::register::register;

/// A tokio runtime's reactor.
#[derive(Clone)]
pub(crate) struct TokioReactor(pub(crate) Handle);

impl Reactor for TokioReactor {
    type Source<T: Descriptor> = TokioSource<T>;

    fn watch<T: Descriptor>(&self, descriptor: T) -> io::Result<TokioSource<T>> {
        let readable = register(descriptor, Interest::READABLE, &self.0)?;
        Ok(TokioSource { readable, blocked: None, runtime: self.0.clone() })
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

/// A descriptor, registered for readability only. Writability is asked for while an attempt is blocked, on a duplicate,
/// since one descriptor can be registered once.
pub(crate) struct TokioSource<T: Descriptor> {
    readable: AsyncFd<T>,
    blocked: Option<AsyncFd<OwnedFd>>,
    /// Whoever polls may be a thread outside of the runtime.
    runtime: Handle,
}

impl<T: Descriptor> TokioSource<T> {
    /// Waits until the descriptor can be written to again.
    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.blocked.is_none() {
            let duplicate = self.readable.get_ref().as_fd().try_clone_to_owned()?;
            self.blocked = Some(register(duplicate, Interest::WRITABLE, &self.runtime)?);
        }
        if let Some(blocked) = &self.blocked {
            ready!(blocked.poll_write_ready(cx))?.clear_ready();
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Descriptor> Source<T> for TokioSource<T> {
    fn get(&self) -> &T {
        self.readable.get_ref()
    }

    fn poll_input<R>(
        &mut self,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&T) -> Attempt<R>,
    ) -> Poll<io::Result<R>> {
        loop {
            let mut ready = ready!(self.readable.poll_read_ready(cx))?;
            match attempt(self.readable.get_ref()) {
                Attempt::Done(result) => return Poll::Ready(result),
                Attempt::Drained(result) => {
                    ready.clear_ready();
                    return Poll::Ready(Ok(result));
                }
                Attempt::Blocked => ready.clear_ready(),
            }
        }
    }

    fn poll_output<R>(
        &mut self,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&T) -> Attempt<R>,
    ) -> Poll<io::Result<R>> {
        if self.blocked.is_some() {
            ready!(self.poll_writable(cx))?;
        }
        loop {
            let result = match attempt(self.readable.get_ref()) {
                Attempt::Done(result) => result,
                Attempt::Drained(result) => Ok(result),
                Attempt::Blocked => {
                    ready!(self.poll_writable(cx))?;
                    continue;
                }
            };
            self.blocked = None;
            return Poll::Ready(result);
        }
    }
}
