//! What owns a descriptor, or two.

use std::fs::File;
use std::io;
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use bowline_net::{Reactor, Socket as SystemSocket};
use bowline_runtime::{Arrival, Peer, PeerAddress};
use rustix::io::Errno;
use rustix::net::SocketType;

use crate::descriptors::DescriptorTransport;
use crate::reactor::StdReactor;

/// A stream of bytes that [`from_stream`](crate::from_stream) takes: what owns a descriptor for both directions, such as a [`UnixStream`], a
/// [`TcpStream`] or an [`OwnedFd`] of a socket or terminal, or a pair of which the first is read from and the second
/// written to, such as a child's standard output and input.
#[derive(Debug)]
pub struct ByteStream(Descriptors);

#[derive(Debug)]
enum Descriptors {
    One(OwnedFd),
    Two { input: OwnedFd, output: OwnedFd },
}

impl ByteStream {
    pub(super) fn arrive(self, reactor: StdReactor, peer: &str) -> io::Result<Arrival> {
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
