//! A connected socket as a transport.

use core::task::{Context, Poll};
use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Instant;

use bowline_runtime::{Intake, Outflow, Receive, Transport};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::net::{RecvAncillaryBuffer, RecvFlags, ReturnFlags, SendAncillaryBuffer, SendFlags};
use socket2::Socket;

use crate::RawStream;
use crate::reactor::{Attempt, Source};

/// A Unix or TCP stream socket.
pub(crate) struct SocketTransport<S: Source<Socket>> {
    source: S,
    receiver: Option<Arc<dyn Receive>>,
}

impl<S: Source<Socket>> SocketTransport<S> {
    pub(crate) fn new(source: S) -> Self {
        // Where no flag of the call can keep it away: a peer that is gone must not raise a signal.
        #[cfg(target_vendor = "apple")]
        let _ = source.get().set_nosigpipe(true);
        let receiver = source.share().and_then(Sleeper::on);
        Self { source, receiver }
    }
}

impl<S: Source<Socket>> Transport for SocketTransport<S> {
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        self.source.poll_input(cx, |socket| {
            let (mut room, mut more) = (0, false);
            let received = intake.poll_read(|bytes| {
                room = bytes.len();
                would_block_is_pending(|| receive(socket, bytes, &mut more))
            });
            judge(received, room, more)
        })
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>> {
        self.source.poll_output(cx, |socket| {
            let mut shown = 0;
            let sent = outflow.poll_write(|slices| {
                shown = length(slices);
                would_block_is_pending(|| send(socket, slices))
            });
            judge(sent, shown, false)
        })
    }

    fn poll_shutdown(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.source.get().shutdown(Shutdown::Write))
    }

    fn receiver(&self) -> Option<Arc<dyn Receive>> {
        self.receiver.clone()
    }
}

impl<S: Source<Socket>> RawStream for SocketTransport<S> {
    fn poll_read(&mut self, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        self.source.poll_input(cx, |socket| {
            let (room, mut more) = (bytes.len(), false);
            let received = would_block_is_pending(|| receive(socket, bytes, &mut more));
            judge(received, room, more)
        })
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.source.poll_output(cx, |socket| {
            judge(would_block_is_pending(|| send(socket, slices)), length(slices), false)
        })
    }

    fn poll_flush(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn shutdown(&mut self) -> io::Result<()> {
        self.source.get().shutdown(Shutdown::Write)
    }
}

impl<S: Source<Socket>> Drop for SocketTransport<S> {
    fn drop(&mut self) {
        // A forked child's copy of the descriptor must not keep the peer waiting, nor a thread of ours that sleeps on it.
        let _gone_already = self.source.get().shutdown(Shutdown::Both);
    }
}

/// A socket on which threads sleep until bytes come. It is in blocking mode, for which every call that must not block
/// says so by itself.
struct Sleeper(Arc<Socket>);

impl Sleeper {
    /// `None` where the system won't have it: readiness will do then.
    fn on(socket: Arc<Socket>) -> Option<Arc<dyn Receive>> {
        socket.set_nonblocking(false).ok()?;
        Some(Arc::new(Self(socket)))
    }

    /// One system call, without a deadline.
    fn receive_any_time(&self, bytes: &mut [u8]) -> Result<Option<usize>, Errno> {
        match rustix::io::retry_on_intr(|| rustix::net::recv(&*self.0, &mut *bytes, RecvFlags::empty())) {
            // Somebody who shares the socket has put it into nonblocking mode, or given it a timeout.
            Err(Errno::AGAIN) => self.receive_by(bytes, None),
            result => result.map(|(count, _)| Some(count)),
        }
    }

    /// Bytes that are there or come by the deadline. The system may call although there are none.
    fn receive_by(&self, bytes: &mut [u8], deadline: Option<Instant>) -> Result<Option<usize>, Errno> {
        while self.is_readable_by(deadline)? {
            match rustix::net::recv(&*self.0, &mut *bytes, RecvFlags::DONTWAIT) {
                Err(Errno::AGAIN | Errno::INTR) => {}
                result => return result.map(|(count, _)| Some(count)),
            }
        }
        Ok(None)
    }

    fn is_readable_by(&self, deadline: Option<Instant>) -> Result<bool, Errno> {
        rustix::io::retry_on_intr(|| {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            // One that is too far off for the system to name is none.
            let left = left.and_then(|left| Timespec::try_from(left).ok());
            rustix::event::poll(&mut [PollFd::new(&*self.0, PollFlags::IN)], left.as_ref())
        })
        .map(|ready| ready > 0)
    }
}

impl Receive for Sleeper {
    fn receive(&self, bytes: &mut [u8], deadline: Option<Instant>) -> io::Result<Option<usize>> {
        let received = match deadline {
            None => self.receive_any_time(bytes),
            some => self.receive_by(bytes, some),
        };
        received.map_err(io::Error::from)
    }
}

/// After a short read there is nothing more, and after a short write no room: asking again would cost a system call.
fn judge(moved: Poll<io::Result<usize>>, wanted: usize, more: bool) -> Attempt<usize> {
    match moved {
        Poll::Ready(Ok(count)) if count > 0 && count < wanted && !more => Attempt::Drained(count),
        Poll::Ready(result) => Attempt::Done(result),
        Poll::Pending => Attempt::Blocked,
    }
}

fn length(slices: &[IoSlice<'_>]) -> usize {
    slices.iter().map(|slice| slice.len()).sum()
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
/// smuggles in; a read ends with them, so that there may be more behind.
fn receive(socket: &Socket, bytes: &mut [u8], more: &mut bool) -> Result<usize, Errno> {
    let mut nothing = RecvAncillaryBuffer::default();
    let slices = &mut [IoSliceMut::new(bytes)];
    let message = rustix::net::recvmsg(socket, slices, &mut nothing, RecvFlags::DONTWAIT)?;
    *more = message.flags.contains(ReturnFlags::CTRUNC);
    Ok(message.bytes)
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
/// There it takes a socket option.
#[cfg(target_vendor = "apple")]
const FLAGS: SendFlags = SendFlags::DONTWAIT;
