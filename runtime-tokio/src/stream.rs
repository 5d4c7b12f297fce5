//! Any tokio byte stream as a transport: TLS, a serial port, a pipe in memory.

use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;

use bowline_runtime::{
    Arrival, Config, Connect, Intake, Outflow, Role, Server, Transport, TransportErrorKind,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Handle;

use crate::executor::Tokio;

/// A stream that tokio can read and write.
pub(crate) struct StreamTransport<T> {
    stream: Pin<Box<T>>,
}

impl<T: AsyncRead + AsyncWrite + Send> StreamTransport<T> {
    pub(crate) fn new(stream: T) -> Self {
        Self { stream: Box::pin(stream) }
    }
}

impl<T: AsyncRead + AsyncWrite + Send> Transport for StreamTransport<T> {
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        let stream = self.stream.as_mut();
        intake.poll_read(|bytes| {
            let mut buffer = ReadBuf::new(bytes);
            ready!(stream.poll_read(cx, &mut buffer))?;
            Poll::Ready(Ok(buffer.filled().len()))
        })
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>> {
        let stream = self.stream.as_mut();
        outflow.poll_write(|slices| stream.poll_write_vectored(cx, slices))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(cx)
    }
}

/// Turns any stream that tokio can read and write into a socket: TLS, a serial port, `tokio::io::duplex`, a child's
/// standard streams. A [`Role::Client`] says hello and waits to be accepted, a [`Role::Server`] accepts whoever says it;
/// on the plain profile both are open at once.
///
/// Must be called within a tokio runtime. `peer` is what logs and [`Socket::peer`](bowline_runtime::Socket::peer) show.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use bowline_tokio::{Config, Role, from_stream};
///
/// let (left, right) = tokio::io::duplex(4096);
/// let server = from_stream(left, Role::Server, Config::new(), "left");
/// let client = from_stream(right, Role::Client, Config::new(), "right");
/// let (server, client) = (server.await?, client.await?);
///
/// client.write("ahoy").await?;
/// assert_eq!(server.read().await?, "ahoy");
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
/// Dropping the task drops the stream.
pub fn from_stream<T>(stream: T, role: Role, config: Config, peer: &str) -> Connect
where
    T: AsyncRead + AsyncWrite + Send + 'static,
{
    match Handle::try_current() {
        Ok(runtime) => {
            let arrival = Arrival::of_stream(StreamTransport::new(stream), peer);
            Connect::over(Tokio::of(runtime), config, role, arrival)
        }
        Err(_outside) => Connect::failed(TransportErrorKind::RuntimeGone),
    }
}

/// Offers a stream to a server as if it had connected, so that the server's own rules decide about it.
pub fn offer_stream<T>(server: &Server, stream: T, peer: &str)
where
    T: AsyncRead + AsyncWrite + Send + 'static,
{
    server.adopt(Arrival::of_stream(StreamTransport::new(stream), peer));
}
