//! Readiness by async-io's reactor.

use core::future::Future;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
use std::sync::Arc;

use async_io::{Async, ReadableOwned, Timer, WritableOwned};
use bowline_net::{Attempt, Descriptor, Reactor, Source};
use bowline_runtime::Executor;

use crate::Runtime;
use crate::readiness::Readiness;

/// The process's one reactor, and an executor for what runs behind the scenes.
#[derive(Clone)]
pub(crate) struct AsyncIo(Arc<dyn Executor>);

impl AsyncIo {
    pub(crate) fn of(runtime: &Runtime) -> Self {
        Self(Arc::clone(&runtime.executor))
    }
}

impl Reactor for AsyncIo {
    type Source<T: Descriptor> = AsyncIoSource<T>;

    fn watch<T: Descriptor>(&self, descriptor: T) -> io::Result<AsyncIoSource<T>> {
        // What comes from bowline-net is nonblocking already.
        let io = Arc::new(Async::new_nonblocking(descriptor)?);
        Ok(AsyncIoSource { io, input: Readiness::default(), output: Readiness::default() })
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

/// A descriptor for which readiness is asked when there is somebody to hear of it, and only then: async-io forgets each
/// question once it is answered, and each costs a system call.
pub(crate) struct AsyncIoSource<T: Descriptor> {
    // The questions hold the descriptor, too.
    input: Readiness<ReadableOwned<T>>,
    output: Readiness<WritableOwned<T>>,
    io: Arc<Async<T>>,
}

impl<T: Descriptor> Source<T> for AsyncIoSource<T> {
    fn get(&self) -> &T {
        self.io.get_ref()
    }

    fn poll_input<R>(
        &mut self,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&T) -> Attempt<R>,
    ) -> Poll<io::Result<R>> {
        let io = &self.io;
        self.input.poll(cx, || Arc::clone(io).readable_owned(), || attempt(io.get_ref()))
    }

    fn poll_output<R>(
        &mut self,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&T) -> Attempt<R>,
    ) -> Poll<io::Result<R>> {
        let io = &self.io;
        self.output.poll(cx, || Arc::clone(io).writable_owned(), || attempt(io.get_ref()))
    }
}
