//! Streams that came in another way, as sockets.

use core::time::Duration;
use std::fs::File;
use std::io;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use bowline_net::{Reactor, Socket as SystemSocket};
use bowline_runtime::{
    Arrival, Config, Connect, ConnectError, ConnectOperation, Peer, PeerAddress, Role, Server,
};
use rustix::io::Errno;
use rustix::net::SocketType;

use crate::descriptors::DescriptorTransport;
use crate::keeper;
use crate::reactor::StdReactor;

/// A stream of bytes that [`from_stream`] takes: what owns a descriptor for both directions, such as a [`UnixStream`], a
/// [`TcpStream`] or an [`OwnedFd`] of a socket or terminal, or a pair of which the first is read from and the second
/// written to, such as a child's standard output and input.
#[derive(Debug)]
pub struct ByteStream(Descriptors);

#[derive(Debug)]
enum Descriptors {
    One(OwnedFd),
    Two { input: OwnedFd, output: OwnedFd },
}

/// Turns a stream into a socket: a socket pair, a connection that came from somewhere else, a child's pipes. A
/// [`Role::Client`] says hello and waits to be accepted, a [`Role::Server`] accepts whoever says it; on the plain profile
/// both are open at once.
///
/// `peer` is what logs and [`Socket::peer`](bowline_runtime::Socket::peer) show. The stream must not be read from or
/// written to elsewhere any more: its mode is changed (sockets into blocking, others into nonblocking mode, which whoever
/// shares them shares), and TCP no longer delays small messages. Threads that wait sleep in the system only on sockets;
/// for pipes and terminals the keeper wakes them.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use bowline_std::{Config, Role, from_stream};
/// use std::os::unix::net::UnixStream;
///
/// let (left, right) = UnixStream::pair()?;
/// let server = from_stream(left, Role::Server, Config::new(), "left");
/// let client = from_stream(right, Role::Client, Config::new(), "right");
/// let (server, client) = (server.wait()?, client.wait()?);
///
/// client.write("ahoy").wait()?;
/// assert_eq!(server.read().wait()?, "ahoy");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The task ends with a [`ConnectError`]; with [`Unreachable`](ConnectError::Unreachable) for a descriptor that is no
/// stream, such as a datagram socket.
///
/// # Cancel safety
/// Dropping the task drops the stream.
pub fn from_stream(stream: impl Into<ByteStream>, role: Role, config: Config, peer: &str) -> Connect {
    let Ok(keeper) = keeper::get() else {
        return Connect::failed(bowline_runtime::TransportErrorKind::Exhausted);
    };
    let reactor = StdReactor(keeper);
    let arrival = stream.into().arrive(reactor, peer).map_err(ConnectError::Unreachable);
    ConnectOperation::start(reactor.executor(), config, role, Duration::MAX, Box::pin(async { arrival }))
}

/// Offers a stream to a server as if it had connected, so that the server's own rules decide about it. What
/// [`from_stream`] would refuse is dropped.
pub fn offer_stream(server: &Server, stream: impl Into<ByteStream>, peer: &str) {
    let arrival = keeper::get().and_then(|keeper| stream.into().arrive(StdReactor(keeper), peer));
    if let Ok(arrival) = arrival {
        server.adopt(arrival);
    }
}

impl ByteStream {
    fn arrive(self, reactor: StdReactor, peer: &str) -> io::Result<Arrival> {
        let peer = Peer::new(PeerAddress::Other(peer.to_owned()));
        let (input, output) = match self.0 {
            Descriptors::One(descriptor) if is_socket(&descriptor)? => {
                let socket = SystemSocket::from(descriptor);
                // What is no TCP needs no such word.
                let _ = socket.set_tcp_nodelay(true);
                return reactor.adopt(socket, peer);
            }
            Descriptors::One(descriptor) => (descriptor.try_clone()?, descriptor),
            Descriptors::Two { input, output } => (input, output),
        };
        let transport = Box::new(DescriptorTransport::new(reactor, input, output)?);
        Ok(Arrival { transport, peer, objection: None })
    }
}

/// Whether it is a socket.
///
/// # Errors
/// When it is one that carries no stream.
fn is_socket(descriptor: &OwnedFd) -> io::Result<bool> {
    match rustix::net::sockopt::socket_type(descriptor) {
        Ok(SocketType::STREAM) => Ok(true),
        Ok(_) => Err(io::ErrorKind::Unsupported.into()),
        Err(Errno::NOTSOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

impl From<OwnedFd> for ByteStream {
    fn from(descriptor: OwnedFd) -> Self {
        Self(Descriptors::One(descriptor))
    }
}

impl From<UnixStream> for ByteStream {
    fn from(stream: UnixStream) -> Self {
        OwnedFd::from(stream).into()
    }
}

impl From<TcpStream> for ByteStream {
    fn from(stream: TcpStream) -> Self {
        OwnedFd::from(stream).into()
    }
}

impl From<File> for ByteStream {
    fn from(terminal: File) -> Self {
        OwnedFd::from(terminal).into()
    }
}

impl<I: Into<OwnedFd>, O: Into<OwnedFd>> From<(I, O)> for ByteStream {
    fn from((input, output): (I, O)) -> Self {
        Self(Descriptors::Two { input: input.into(), output: output.into() })
    }
}
