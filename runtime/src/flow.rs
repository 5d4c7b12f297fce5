//! Messages as a `Stream` and a `Sink`, for those who think in combinators.

use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;

use crate::close::Close;
use crate::error::{ReadError, WriteError};
use crate::read::Read;
use crate::server::{Accept, Incoming, Server};
use crate::socket::Socket;
use crate::write::Write;

/// The messages of a socket as a stream; it ends when nothing more will come, with an error first if that was not the
/// peer's orderly goodbye. Made by [`Socket::messages`].
///
/// # Cancel safety
/// Safe: whatever is dropped when, no message is lost; see [`Read`].
pub struct Messages {
    socket: Socket,
    read: Option<Read>,
    ended: bool,
}

impl Messages {
    pub(crate) const fn new(socket: Socket) -> Self {
        Self { socket, read: None, ended: false }
    }

    /// The next message; `None` at the end.
    ///
    /// # Errors
    /// Once, if the end is not the peer's orderly goodbye.
    ///
    /// # Cancel safety
    /// Safe: no message is lost.
    pub async fn next(&mut self) -> Option<Result<Bytes, ReadError>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for Messages {
    type Item = Result<Bytes, ReadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.ended {
            return Poll::Ready(None);
        }
        let read = this.read.get_or_insert_with(|| this.socket.read());
        let result = ready!(Future::poll(Pin::new(read), cx));
        this.read = None;
        this.ended = result.is_err();
        match result {
            Err(ReadError::Closed(reason)) if reason.fault() == bowline_core::Fault::Nobody => {
                Poll::Ready(None)
            }
            result => Poll::Ready(Some(result)),
        }
    }
}

/// A socket's writing side as a sink. Made by [`Socket::sink`].
///
/// `feed` queues as long as there is room, `flush` ends when everything is with the operating system, `close` says goodbye
/// and waits until the peer has taken everything in. Dropping the sink takes back the last message if it found no room.
pub struct Outgoing {
    socket: Socket,
    /// The newest message: with its end, all before it have theirs.
    last: Option<Write>,
    close: Option<Close>,
    patience: Duration,
}

impl Outgoing {
    pub(crate) const fn new(socket: Socket, patience: Duration) -> Self {
        Self { socket, last: None, close: None, patience }
    }

    fn poll_last(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WriteError>> {
        let Some(last) = &mut self.last else { return Poll::Ready(Ok(())) };
        let result = ready!(Future::poll(Pin::new(last), cx));
        self.last = None;
        Poll::Ready(result.map(drop))
    }
}

impl Sink<Bytes> for Outgoing {
    type Error = WriteError;

    /// Ready once the message before has room; it need not have left.
    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), WriteError>> {
        match self.last.take().map(Write::detach) {
            None | Some(Ok(())) => Poll::Ready(Ok(())),
            Some(Err(waiting)) => {
                self.last = Some(waiting);
                self.poll_last(cx)
            }
        }
    }

    fn start_send(mut self: Pin<&mut Self>, message: Bytes) -> Result<(), WriteError> {
        self.last = Some(self.socket.write(message));
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), WriteError>> {
        self.poll_last(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), WriteError>> {
        ready!(self.poll_last(cx))?;
        let this = &mut *self;
        let close = this.close.get_or_insert_with(|| this.socket.close(this.patience));
        let closed = ready!(Future::poll(Pin::new(close), cx));
        let reason = this.socket.close_reason().unwrap_or(bowline_core::CloseReason::Closed);
        Poll::Ready(match closed {
            Ok(bowline_core::Closed::Unconfirmed { .. }) => Err(WriteError::Unknown { reason }),
            _ => Ok(()),
        })
    }
}

/// The clients of a server as a stream; it ends when the server stops. Made by [`Server::incoming`].
///
/// # Cancel safety
/// Safe: whatever is dropped when, no client is lost; see [`Accept`].
pub struct Clients {
    server: Server,
    accept: Option<Accept>,
}

impl Clients {
    pub(crate) fn new(server: Server) -> Self {
        let accept = Some(server.accept());
        Self { server, accept }
    }

    /// The next client; `None` when the server has stopped.
    ///
    /// # Cancel safety
    /// Safe: no client is lost.
    pub async fn next(&mut self) -> Option<Incoming> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }
}

impl Stream for Clients {
    type Item = Incoming;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Incoming>> {
        let this = &mut *self;
        let accept = this.accept.get_or_insert_with(|| this.server.accept());
        let result = ready!(Future::poll(Pin::new(accept), cx));
        this.accept = None;
        Poll::Ready(result.ok())
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages").field("socket", &self.socket.number()).field("ended", &self.ended).finish()
    }
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Outgoing");
        shown.field("socket", &self.socket.number()).field("closing", &self.close.is_some()).finish()
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clients").field(&self.server).finish()
    }
}
