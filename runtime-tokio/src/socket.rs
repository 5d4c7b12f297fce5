//! A Unix or TCP socket as a transport.

use core::task::{Context, Poll, ready};
use std::io::{self, IoSlice, IoSliceMut, Read};
use std::net::Shutdown;
use std::os::fd::OwnedFd;

use bowline_net::{AcceptFault, Accepted, Bound, Socket};
use bowline_runtime::{Arrival, Intake, Listen, ListenFault, Outflow, Refusal, Transport};
use rustix::net::{SendAncillaryBuffer, SendFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::runtime::Handle;

use crate::register::register;

/// A nonblocking stream socket.
///
/// It is registered for readability only: with both interests every read by the peer, which frees room in our send
/// buffer, would wake us for nothing (1.7 against 1.15 of the bare round trip). Writability is asked for while a write is
/// blocked, on a duplicate, since one descriptor can be registered once.
pub(crate) struct SocketTransport {
    socket: AsyncFd<Socket>,
    blocked: Option<AsyncFd<OwnedFd>>,
    /// Whoever drives may be a thread outside of the runtime.
    runtime: Handle,
}

impl SocketTransport {
    pub(crate) fn new(socket: Socket, runtime: &Handle) -> io::Result<Self> {
        let socket = register(socket, Interest::READABLE, runtime)?;
        Ok(Self { socket, blocked: None, runtime: runtime.clone() })
    }

    /// Waits until the socket can be written to again.
    fn poll_writable(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let blocked = match &self.blocked {
            Some(blocked) => blocked,
            None => {
                let duplicate = OwnedFd::from(self.socket.get_ref().try_clone()?);
                self.blocked.insert(register(duplicate, Interest::WRITABLE, &self.runtime)?)
            }
        };
        let mut ready = ready!(blocked.poll_write_ready(cx))?;
        ready.clear_ready();
        Poll::Ready(Ok(()))
    }
}

impl Transport for SocketTransport {
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        loop {
            let mut ready = ready!(self.socket.poll_read_ready(cx))?;
            let (mut room, socket) = (0, self.socket.get_ref());
            let received = intake.poll_read(|slices| {
                room = slices.iter().map(|slice| slice.len()).sum();
                poll(|| receive(socket, slices))
            });
            match received {
                Poll::Ready(Ok(count)) => {
                    // After a short read there is nothing more: asking again would cost a system call.
                    if count > 0 && count < room {
                        ready.clear_ready();
                    }
                    return Poll::Ready(Ok(count));
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => ready.clear_ready(),
            }
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>> {
        if self.blocked.is_some() {
            ready!(self.poll_writable(cx))?;
        }
        loop {
            let socket = self.socket.get_ref();
            let sent = outflow.poll_write(|slices| poll(|| send(socket, slices)));
            if sent.is_ready() {
                self.blocked = None;
                return sent;
            }
            ready!(self.poll_writable(cx))?;
        }
    }

    fn poll_shutdown(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.socket.get_ref().shutdown(Shutdown::Write))
    }
}

impl Drop for SocketTransport {
    fn drop(&mut self) {
        // A forked child's copy of the descriptor must not keep the peer waiting.
        let _gone_already = self.socket.get_ref().shutdown(Shutdown::Both);
    }
}

/// Tries until it is not interrupted; would block means pending.
fn poll(mut attempt: impl FnMut() -> io::Result<usize>) -> Poll<io::Result<usize>> {
    loop {
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
            result => return Poll::Ready(result),
        }
    }
}

fn receive(mut socket: &Socket, slices: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
    match slices {
        [slice] => socket.read(slice),
        slices => socket.read_vectored(slices),
    }
}

/// Without a signal when the peer is gone.
fn send(socket: &Socket, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    #[cfg(not(target_vendor = "apple"))]
    let flags = SendFlags::NOSIGNAL;
    // There the socket has SO_NOSIGPIPE instead.
    #[cfg(target_vendor = "apple")]
    let flags = SendFlags::empty();
    let sent = match slices {
        [slice] => rustix::net::send(socket, slice, flags),
        slices => rustix::net::sendmsg(socket, slices, &mut SendAncillaryBuffer::default(), flags),
    };
    Ok(sent?)
}

/// A listening socket.
pub(crate) struct SocketListen {
    bound: AsyncFd<Bound>,
    runtime: Handle,
}

impl SocketListen {
    pub(crate) fn new(bound: Bound, runtime: &Handle) -> io::Result<Self> {
        Ok(Self { bound: register(bound, Interest::READABLE, runtime)?, runtime: runtime.clone() })
    }

    fn arrive(&self, accepted: Accepted) -> Result<Arrival, ListenFault> {
        let transport =
            SocketTransport::new(accepted.socket, &self.runtime).map_err(|_full| ListenFault::Exhausted)?;
        let objection = self.bound.get_ref().verify(&accepted.peer).err().map(|_who| Refusal::Unauthorized);
        Ok(Arrival { transport: Box::new(transport), peer: accepted.peer, objection })
    }
}

impl Listen for SocketListen {
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Result<Arrival, ListenFault>> {
        loop {
            let mut ready = ready!(self.bound.poll_read_ready(cx)).map_err(ListenFault::Fatal)?;
            match bowline_net::accept(self.bound.get_ref()) {
                Ok(accepted) => return Poll::Ready(self.arrive(accepted)),
                Err(error) => match AcceptFault::of(&error) {
                    AcceptFault::NotReady => ready.clear_ready(),
                    AcceptFault::Transient => return Poll::Ready(Err(ListenFault::Transient)),
                    AcceptFault::Fatal => return Poll::Ready(Err(ListenFault::Fatal(error))),
                    _ => return Poll::Ready(Err(ListenFault::Exhausted)),
                },
            }
        }
    }
}
