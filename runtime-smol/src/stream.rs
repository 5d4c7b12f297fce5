//! Any futures-io byte stream as a transport: TLS, a serial port, a pipe in memory.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;

use bowline_runtime::{Arrival, Config, Connect, Intake, Outflow, Role, Server, Transport};
use smol::io::{AsyncRead, AsyncWrite};

use crate::Runtime;

/// A stream that futures-io can read and write.
struct StreamTransport<T> {
    stream: Pin<Box<T>>,
}

impl<T: AsyncRead + AsyncWrite + Send> StreamTransport<T> {
    fn new(stream: T) -> Self {
        Self { stream: Box::pin(stream) }
    }
}

impl<T: AsyncRead + AsyncWrite + Send> Transport for StreamTransport<T> {
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        let stream = self.stream.as_mut();
        intake.poll_read(|bytes| stream.poll_read(cx, bytes))
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>> {
        let stream = self.stream.as_mut();
        outflow.poll_write(|slices| stream.poll_write_vectored(cx, slices))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_close(cx)
    }
}

/// Turns any stream of futures-io into a socket: TLS, a serial port, an `async_io::Async<UnixStream>`, a child's standard
/// streams. A [`Role::Client`] says hello and waits to be accepted, a [`Role::Server`] accepts whoever says it; on the
/// plain profile both are open at once.
///
/// Can be called from anywhere. `peer` is what logs and [`Socket::peer`](bowline_runtime::Socket::peer) show.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # smol::block_on(async {
/// use bowline_smol::{Config, Role, from_stream};
/// use smol::net::unix::UnixStream;
///
/// let (left, right) = UnixStream::pair()?;
/// let server = from_stream(left, Role::Server, Config::new(), "left");
/// let client = from_stream(right, Role::Client, Config::new(), "right");
/// let (server, client) = (server.await?, client.await?);
///
/// client.write("ahoy").await?;
/// assert_eq!(server.read().await?, "ahoy");
/// # Ok(())
/// # })
/// # }
/// ```
///
/// The stream's `poll_close` must end its write side, so that the peer hears of the end: that of `smol::net`'s sockets
/// does; a bare `Async<UnixStream>` only flushes, and the peer then waits for the linger.
///
/// # Cancel safety
/// Dropping the task drops the stream.
pub fn from_stream<T>(stream: T, role: Role, config: Config, peer: &str) -> Connect
where
    T: AsyncRead + AsyncWrite + Send + 'static,
{
    Runtime::default().from_stream(stream, role, config, peer)
}

impl Runtime {
    /// Turns a stream into a socket whose background work runs here; else as [`from_stream`].
    ///
    /// # Cancel safety
    /// As [`from_stream`].
    pub fn from_stream<T>(&self, stream: T, role: Role, config: Config, peer: &str) -> Connect
    where
        T: AsyncRead + AsyncWrite + Send + 'static,
    {
        let arrival = Arrival::of_stream(StreamTransport::new(stream), peer);
        Connect::over(self.executor.clone(), config, role, arrival)
    }
}

/// Offers a stream to a server as if it had connected, so that the server's own rules decide about it.
pub fn offer_stream<T>(server: &Server, stream: T, peer: &str)
where
    T: AsyncRead + AsyncWrite + Send + 'static,
{
    server.adopt(Arrival::of_stream(StreamTransport::new(stream), peer));
}
