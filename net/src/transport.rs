//! A connected socket as a transport.

use core::task::{Context, Poll};
use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;

use bowline_runtime::{Intake, Outflow, Transport};
use rustix::io::Errno;
use rustix::net::{RecvAncillaryBuffer, RecvFlags, SendAncillaryBuffer, SendFlags};
use socket2::Socket;

use crate::reactor::{Attempt, Source};

/// A Unix or TCP stream socket.
pub(crate) struct SocketTransport<S: Source<Socket>> {
    source: S,
}

impl<S: Source<Socket>> SocketTransport<S> {
    pub(crate) const fn new(source: S) -> Self {
        Self { source }
    }
}

impl<S: Source<Socket>> Transport for SocketTransport<S> {
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        self.source.poll_input(cx, |socket| {
            let mut room = 0;
            let received = intake.poll_read(|slices| {
                room = slices.iter().map(|slice| slice.len()).sum();
                would_block_is_pending(|| receive(socket, slices))
            });
            match received {
                // After a short read there is nothing more: asking again would cost a system call.
                Poll::Ready(Ok(count)) if count > 0 && count < room => Attempt::Drained(count),
                Poll::Ready(result) => Attempt::Done(result),
                Poll::Pending => Attempt::Blocked,
            }
        })
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>> {
        self.source.poll_output(cx, |socket| {
            match outflow.poll_write(|slices| would_block_is_pending(|| send(socket, slices))) {
                Poll::Ready(result) => Attempt::Done(result),
                Poll::Pending => Attempt::Blocked,
            }
        })
    }

    fn poll_shutdown(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.source.get().shutdown(Shutdown::Write))
    }
}

impl<S: Source<Socket>> Drop for SocketTransport<S> {
    fn drop(&mut self) {
        // A forked child's copy of the descriptor must not keep the peer waiting, nor a thread of ours that sleeps on it.
        let _gone_already = self.source.get().shutdown(Shutdown::Both);
    }
}

/// Tries until it is not interrupted.
fn would_block_is_pending(mut attempt: impl FnMut() -> Result<usize, Errno>) -> Poll<io::Result<usize>> {
    loop {
        match attempt() {
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return Poll::Pending,
            result => return Poll::Ready(result.map_err(io::Error::from)),
        }
    }
}

/// Never blocks, whatever the socket's mode. Without room for control messages the kernel drops descriptors that a peer
/// smuggles in.
fn receive(socket: &Socket, slices: &mut [IoSliceMut<'_>]) -> Result<usize, Errno> {
    match slices {
        [slice] => rustix::net::recv(socket, &mut **slice, RecvFlags::DONTWAIT).map(|(count, _)| count),
        slices => {
            let mut nothing = RecvAncillaryBuffer::default();
            rustix::net::recvmsg(socket, slices, &mut nothing, RecvFlags::DONTWAIT)
                .map(|message| message.bytes)
        }
    }
}

/// Never blocks, whatever the socket's mode, and raises no signal when the peer is gone.
fn send(socket: &Socket, slices: &[IoSlice<'_>]) -> Result<usize, Errno> {
    match slices {
        [slice] => rustix::net::send(socket, slice, FLAGS),
        slices => rustix::net::sendmsg(socket, slices, &mut SendAncillaryBuffer::default(), FLAGS),
    }
}

#[cfg(not(target_vendor = "apple"))]
const FLAGS: SendFlags = SendFlags::DONTWAIT.union(SendFlags::NOSIGNAL);
/// There it takes a socket option, `SO_NOSIGPIPE`; and Rust programs ignore the signal unless told otherwise.
#[cfg(target_vendor = "apple")]
const FLAGS: SendFlags = SendFlags::DONTWAIT;
