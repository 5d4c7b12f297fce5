//! What carries the bytes: the seam between the drive loop and an adapter's sockets.

mod blocks;

use core::fmt;
use core::task::{Context, Poll};
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::Instant;

use bowline_core::{Connection, Instant as ProtocolTime, Refusal};

use crate::parcel::Parcels;
use crate::{Peer, PeerAddress};
pub use blocks::with_block;

/// A byte stream, polled by the drive loop. It holds a socket and nothing of the protocol.
///
/// Both kinds of system interface fit without a copy too many:
/// * *Readiness* (epoll, kqueue, `AsyncRead`): [`Intake::poll_read`] lends memory to read into, [`Outflow::poll_write`]
///   lends the bytes to write; both count what was moved.
/// * *Completion* (IOCP, `io_uring`): the operating system may only see memory that the transport owns until it is done
///   with it. [`Intake::feed`] takes bytes out of such memory; [`Outflow::lend`] shows the bytes to copy into it, after
///   which they can't be cancelled any more, and [`Outflow::confirm`] counts them once the system has taken them.
///
/// A call that returns `Pending` has registered the context's waker: readiness for reading with the last waker given to
/// `poll_recv`, readiness for writing with the last one given to `poll_send`, `poll_flush` or `poll_shutdown`. Wakers may
/// be called from anywhere, even from within such a call.
pub trait Transport: Send {
    /// Brings bytes in, once; how many. Zero means that the stream has ended.
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>>;

    /// Takes bytes out, once; how many were written, or lent and confirmed together. Zero is an error. Also called while
    /// there are none but lent ones to confirm.
    fn poll_send(&mut self, cx: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>>;

    /// Takes out what the stream itself may have kept back. Sockets keep nothing back.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let _ = cx;
        Poll::Ready(Ok(()))
    }

    /// Ends the write side, after everything that was sent.
    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Whether the stream goes on being read when its write side has ended. If not, as with a named pipe, an end that
    /// nobody confirms is an end both ways.
    fn ends_by_halves(&self) -> bool {
        true
    }

    /// Whether all that will be known of the peer before it speaks is known. Where that comes with the bytes, as a certificate
    /// does or a proxy's header, it is `false` until then: bytes are asked for whether or not anybody wants them yet, and the
    /// program hears of the peer afterwards.
    fn knows_peer(&self) -> bool {
        true
    }

    /// The same stream for a plain thread that may sleep in the system until bytes come: one system call for what
    /// readiness takes two. Dropping the transport must free such a thread.
    fn receiver(&self) -> Option<Arc<dyn Receive>> {
        None
    }
}

/// A stream that a thread may block on.
pub trait Receive: Send + Sync {
    /// Blocks until bytes have come; how many. Zero means that the stream has ended, and `None` that the deadline has
    /// passed.
    ///
    /// # Errors
    /// The system's.
    fn receive(&self, bytes: &mut [u8], deadline: Option<Instant>) -> io::Result<Option<usize>>;
}

/// A stream that came in, and who is at its other end.
pub struct Arrival {
    /// The stream.
    pub transport: Box<dyn Transport>,
    /// Who is at its other end.
    pub peer: Peer,
    /// Why the peer has to be refused whatever the program says.
    pub objection: Option<Refusal>,
}

impl Arrival {
    /// A stream that came in another way than through an endpoint; `peer` is what logs show.
    #[must_use]
    pub fn of_stream(transport: impl Transport + 'static, peer: &str) -> Self {
        let peer = Peer::new(PeerAddress::Other(peer.to_owned()));
        Self { transport: Box::new(transport), peer, objection: None }
    }
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Arrival");
        shown
            .field("peer", &format_args!("{}", self.peer))
            .field("objection", &self.objection)
            .finish_non_exhaustive()
    }
}

/// Where clients come in, polled by the server's acceptor.
pub trait Listen: Send {
    /// The next client.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<Result<Arrival, ListenFault>>;

    /// Whether clients shall wait with the system until somebody asks for them, instead of being turned away: the first one
    /// may be why this process was started.
    fn keeps_clients(&self) -> bool {
        false
    }

    /// Stops listening. Clients that the system has let in by then come out, one a call, to hear that they are too late;
    /// `None` once nobody can come any more, and dropping this frees the endpoint at once.
    fn poll_close(&mut self, _cx: &mut Context<'_>) -> Poll<Option<Arrival>> {
        Poll::Ready(None)
    }
}

/// A failed accept, by what it means for the next.
#[derive(Debug)]
#[non_exhaustive]
pub enum ListenFault {
    /// One client failed; the next may be fine.
    Transient,
    /// The system is out of something: worth another try after a pause.
    Exhausted,
    /// There will be no more clients.
    Fatal(io::Error),
}

/// Where bytes from the stream go.
pub struct Intake<'a> {
    pub(crate) connection: &'a mut Connection<Parcels>,
    /// Bytes for which the connection had no room.
    pub(crate) leftover: &'a mut Vec<u8>,
    pub(crate) now: ProtocolTime,
    /// Nobody has decided about the peer yet, and the protocol's own bytes have to wait for that.
    pub(crate) holds: bool,
}

impl Intake<'_> {
    /// Lends memory to one read, which says how many bytes it filled. It is the thread's own: long messages are copied out of
    /// it, too, which costs less than to clear fresh memory for the system to write to.
    pub fn poll_read(
        &mut self,
        read: impl FnOnce(&mut [u8]) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        with_block(|block| {
            let count = core::task::ready!(read(block))?;
            self.feed(&block[..count]);
            Poll::Ready(Ok(count))
        })
    }

    /// Takes bytes out of memory that the transport owns.
    pub fn feed(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            let used = if self.holds { 0 } else { self.connection.receive(self.now, bytes) };
            self.leftover.extend_from_slice(&bytes[used..]);
        }
    }
}

/// Where bytes for the stream come from.
pub struct Outflow<'a> {
    pub(crate) connection: &'a mut Connection<Parcels>,
}

/// Payloads from this size on are sent from where they are; smaller ones are copied together.
const LONG: usize = 16 << 10;
/// The most slices of one vectored write.
const SLICES: usize = 64;

impl Outflow<'_> {
    /// Lends the next bytes to one write, which says how many it took.
    pub fn poll_write(
        &mut self,
        write: impl FnOnce(&[IoSlice<'_>]) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let count = core::task::ready!(self.show(write))?;
        self.connection.transmitted(count);
        Poll::Ready(Ok(count))
    }

    /// Shows the next bytes to a transport that copies them into memory of its own and says how many it copied. They
    /// are sent, whatever is cancelled; [`confirm`](Self::confirm) says when.
    pub fn lend(&mut self, copy: impl FnOnce(&[IoSlice<'_>]) -> usize) -> usize {
        let count = self.show(copy);
        self.connection.lend(count);
        count
    }

    /// Counts lent bytes as sent.
    pub fn confirm(&mut self, count: usize) {
        self.connection.transmitted(count);
    }

    fn show<R>(&mut self, look: impl FnOnce(&[IoSlice<'_>]) -> R) -> R {
        with_block(|block| {
            let copied = self.connection.gather(block, LONG);
            if copied > 0 {
                return look(&[IoSlice::new(&block[..copied])]);
            }
            let mut bytes: [&[u8]; SLICES] = [&[]; SLICES];
            let filled = self.connection.transmit(&mut bytes);
            let slices = bytes.map(IoSlice::new);
            look(&slices[..filled])
        })
    }
}
