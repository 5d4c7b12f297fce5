//! Connecting to a TCP address.

use core::future::poll_fn;
use core::net::SocketAddr;
use core::task::{Context, Poll, ready};
use std::io;
use std::sync::Arc;

use bowline_runtime::Peer;
use socket2::{SockAddr, Socket, Type};

use super::StreamTransport;
use super::system::completion::{Channel, File, Operation};
use super::system::sockets;
use crate::Candidate;

/// Connects to one address. Dropping the future gives the attempt up.
pub(crate) async fn dial(candidate: &Candidate) -> io::Result<(StreamTransport, Peer)> {
    let address = candidate.address();
    let mut attempt = Attempt::begin(address)?;
    poll_fn(|cx| attempt.poll(cx)).await?;
    let File::Socket(socket) = attempt.channel.file() else { return Err(io::ErrorKind::Other.into()) };
    sockets::finish_connect(socket)?;
    let peer = candidate.identify(socket)?;
    attempt.connected = true;
    Ok((StreamTransport::new(Arc::clone(&attempt.channel)), peer))
}

struct Attempt {
    channel: Arc<Channel>,
    operation: Arc<Operation>,
    connected: bool,
}

impl Attempt {
    fn begin(address: &SockAddr) -> io::Result<Self> {
        let socket = Socket::new(address.domain(), Type::STREAM, None)?;
        // `ConnectEx` wants a socket that is bound.
        let any: SocketAddr = if address.is_ipv6() { ([0_u16; 8], 0).into() } else { ([0_u8; 4], 0).into() };
        socket.bind(&any.into())?;
        let channel = Channel::open(File::Socket(socket))?;
        let operation = Operation::on(&channel);
        operation.connect(address)?;
        Ok(Self { channel, operation, connected: false })
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match ready!(self.operation.poll(cx)) {
            Some(Err(error)) => Poll::Ready(Err(refused(error))),
            _ => Poll::Ready(Ok(())),
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.connected {
            self.channel.cancel();
        }
    }
}

/// `ERROR_CONNECTION_REFUSED`, as overlapped I/O says it.
fn refused(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(1225) => io::Error::new(io::ErrorKind::ConnectionRefused, error),
        _ => error,
    }
}
