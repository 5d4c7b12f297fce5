//! What an adapter lends: a reactor that tells when a descriptor is ready.

use core::future::Future;
#[cfg(unix)]
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
#[cfg(unix)]
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;

use bowline_runtime::{Arrival, Executor, Peer};
use socket2::Socket;

#[cfg(unix)]
use crate::Bound;
#[cfg(unix)]
use crate::transport::SocketTransport;

/// A runtime as this crate sees it. Adapters implement it; programs don't call it. On Windows it need not watch anything:
/// there operations complete on a port of this crate's own.
pub trait Reactor: Clone + Send + Sync + 'static {
    /// A descriptor that the reactor watches.
    #[cfg(unix)]
    type Source<T: Descriptor>: Source<T>;

    /// Has the reactor watch a descriptor. Nothing is asked for until the first poll.
    ///
    /// # Errors
    /// The system's, mostly that it is out of something.
    #[cfg(unix)]
    fn watch<T: Descriptor>(&self, descriptor: T) -> io::Result<Self::Source<T>>;

    /// Where connections are looked after.
    fn executor(&self) -> Arc<dyn Executor>;

    /// Ends after `pause`.
    fn sleep(&self, pause: Duration) -> impl Future<Output = ()> + Send;

    /// Runs work that blocks on a thread where that does no harm.
    ///
    /// # Errors
    /// When the runtime is gone.
    fn unblock<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> impl Future<Output = io::Result<R>> + Send;

    /// A connected stream socket that came in another way, as a transport.
    ///
    /// # Errors
    /// The system's, mostly that it is out of something.
    fn adopt(&self, socket: Socket, peer: Peer) -> io::Result<Arrival> {
        #[cfg(unix)]
        let transport = Box::new(SocketTransport::new(self.watch(socket)?));
        #[cfg(windows)]
        let transport = crate::windows::transport(socket)?;
        Ok(Arrival { transport, peer, objection: None })
    }
}

/// A watched descriptor. Dropping it ends the watch, then closes the descriptor.
#[cfg(unix)]
pub trait Source<T>: Send + 'static {
    /// What is watched.
    fn get(&self) -> &T;

    /// What is watched, for threads that sleep in a system call on it: it stays open until the last of them has let go of
    /// it. `None` where readiness is all that is wanted.
    fn share(&self) -> Option<Arc<T>> {
        None
    }

    /// Makes the attempt when the descriptor may be readable; registers the waker when it would block.
    fn poll_input<R>(
        &mut self,
        cx: &mut Context<'_>,
        attempt: impl FnMut(&T) -> Attempt<R>,
    ) -> Poll<io::Result<R>>;

    /// Makes the attempt when the descriptor may be writable, which it is believed to be until an attempt blocks, and where waiting
    /// costs no more than an attempt also after one that has filled it; asks to
    /// hear of writability only while it blocks. Every read by a peer makes a descriptor writable anew, and to be woken
    /// for each costs as much as the message.
    fn poll_output<R>(
        &mut self,
        cx: &mut Context<'_>,
        attempt: impl FnMut(&T) -> Attempt<R>,
    ) -> Poll<io::Result<R>>;
}

/// What came of one system call.
#[cfg(unix)]
#[derive(Debug)]
pub enum Attempt<R> {
    /// It is done, and the next may be, too.
    Done(io::Result<R>),
    /// It is done, and the next would block: wait for readiness first.
    Drained(R),
    /// It would block.
    Blocked,
}

/// Something that owns one descriptor: open for as long as it lives, always the same one, closed when it is dropped.
/// Reactors rely on this, so that it is for this crate to say what is one.
#[cfg(unix)]
pub trait Descriptor: AsFd + AsRawFd + Send + Sync + sealed::Sealed + 'static {}

#[cfg(unix)]
mod sealed {
    pub trait Sealed {}
}

#[cfg(unix)]
impl sealed::Sealed for Socket {}
#[cfg(unix)]
impl Descriptor for Socket {}
#[cfg(unix)]
impl sealed::Sealed for OwnedFd {}
#[cfg(unix)]
impl Descriptor for OwnedFd {}
#[cfg(unix)]
impl sealed::Sealed for Bound {}
#[cfg(unix)]
impl Descriptor for Bound {}
