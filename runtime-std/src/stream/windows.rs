//! What owns a socket.

use std::io;
use std::net::TcpStream;
use std::os::windows::io::OwnedSocket;

use bowline_net::{Reactor, Socket as SystemSocket};
use bowline_runtime::{Arrival, Peer, PeerAddress};

use crate::reactor::StdReactor;

/// A stream of bytes that [`from_stream`](crate::from_stream) takes: a [`TcpStream`], or an [`OwnedSocket`] that was made
/// for overlapped I/O, as sockets mostly are.
#[derive(Debug)]
pub struct ByteStream(OwnedSocket);

impl ByteStream {
    pub(super) fn arrive(self, reactor: StdReactor, peer: &str) -> io::Result<Arrival> {
        let socket = SystemSocket::from(self.0);
        // What is no TCP needs no such word.
        let _ = socket.set_tcp_nodelay(true);
        reactor.adopt(socket, Peer::new(PeerAddress::Other(peer.to_owned())))
    }
}

impl From<OwnedSocket> for ByteStream {
    fn from(socket: OwnedSocket) -> Self {
        Self(socket)
    }
}

impl From<TcpStream> for ByteStream {
    fn from(stream: TcpStream) -> Self {
        Self(stream.into())
    }
}
