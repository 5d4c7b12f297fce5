//! One descriptor and its readiness.

use core::task::{Context, Poll};
use std::io;
use std::sync::Arc;

use async_io::{Async, ReadableOwned, WritableOwned};
use bowline_net::{Attempt, Descriptor, Source};

use crate::readiness::Readiness;

/// A descriptor for which readiness is asked when there is somebody to hear of it, and only then: async-io forgets each
/// question once it is answered, and each costs a system call.
pub(crate) struct AsyncIoSource<T: Descriptor> {
    // The questions hold the descriptor, too.
    input: Readiness<ReadableOwned<T>>,
    output: Readiness<WritableOwned<T>>,
    io: Arc<Async<T>>,
}

impl<T: Descriptor> AsyncIoSource<T> {
    pub(crate) fn new(descriptor: T) -> io::Result<Self> {
        // What comes from bowline-net is nonblocking already.
        let io = Arc::new(Async::new_nonblocking(descriptor)?);
        Ok(Self { io, input: Readiness::default(), output: Readiness::default() })
    }
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
        // After a short write the reader has often run already, and made room: to ask for it costs more than to try.
        let attempt = || match attempt(io.get_ref()) {
            Attempt::Drained(result) => Attempt::Done(Ok(result)),
            other => other,
        };
        self.output.poll(cx, || Arc::clone(io).writable_owned(), attempt)
    }
}
