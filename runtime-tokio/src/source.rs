//! One descriptor and its readiness.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;
use std::os::fd::OwnedFd;

use bowline_net::{Attempt, Descriptor, Source};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::runtime::Handle;
use tokio::time::Sleep;

use crate::register::register;

/// How long a write waits that is blocked and can't have a descriptor to be watched by.
const PAUSE: Duration = Duration::from_millis(10);

/// A descriptor, registered for readability only. Writability is asked for while an attempt is blocked, on a duplicate,
/// since one descriptor can be registered once.
pub(crate) struct TokioSource<T: Descriptor> {
    readable: AsyncFd<T>,
    blocked: Option<AsyncFd<OwnedFd>>,
    /// The last write took all the room there was.
    full: bool,
    /// There was no descriptor to be had for that: a write is tried again after a pause.
    pause: Option<Pin<Box<Sleep>>>,
    /// Whoever polls may be a thread outside of the runtime.
    runtime: Handle,
}

impl<T: Descriptor> TokioSource<T> {
    pub(crate) fn new(descriptor: T, runtime: &Handle) -> io::Result<Self> {
        let readable = register(descriptor, Interest::READABLE, runtime)?;
        Ok(Self { readable, blocked: None, full: false, pause: None, runtime: runtime.clone() })
    }

    /// Waits until the descriptor can be written to again.
    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.blocked.is_none() {
            match self.duplicate() {
                Ok(duplicate) => self.blocked = Some(duplicate),
                Err(_out_of_descriptors) => return self.poll_pause(cx).map(Ok),
            }
        }
        if let Some(blocked) = &self.blocked {
            ready!(blocked.poll_write_ready(cx))?.clear_ready();
        }
        Poll::Ready(Ok(()))
    }
}

impl<T: Descriptor> TokioSource<T> {
    fn duplicate(&self) -> io::Result<AsyncFd<OwnedFd>> {
        let duplicate = self.readable.get_ref().as_fd().try_clone_to_owned()?;
        register(duplicate, Interest::WRITABLE, &self.runtime)
    }

    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let _runtime = self.runtime.enter();
        let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(PAUSE)));
        ready!(pause.as_mut().poll(cx));
        self.pause = None;
        Poll::Ready(())
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
        if self.full || self.blocked.is_some() || self.pause.is_some() {
            ready!(self.poll_writable(cx))?;
        }
        loop {
            match attempt(self.readable.get_ref()) {
                Attempt::Done(result) => {
                    (self.full, self.blocked) = (false, None);
                    return Poll::Ready(result);
                }
                Attempt::Drained(result) => {
                    self.full = true;
                    return Poll::Ready(Ok(result));
                }
                Attempt::Blocked => ready!(self.poll_writable(cx))?,
            }
        }
    }
}
