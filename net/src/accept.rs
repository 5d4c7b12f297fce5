//! The next client, and who it is.

use std::io;

use bowline_runtime::{Peer, PeerAddress};
use socket2::{SockAddr, Socket};

use crate::{Bound, credentials, tcp, unix};

/// A client that the kernel has connected. It has not been [verified](Bound::verify) yet.
#[derive(Debug)]
#[non_exhaustive]
pub struct Accepted {
    /// The connection: nonblocking, not inherited by child processes, and not delaying small messages.
    pub socket: Socket,
    /// Where it comes from, and for local transports which user it is.
    pub peer: Peer,
}

/// Takes the next waiting client, without blocking.
///
/// # Errors
/// `WouldBlock` if nobody waits. [`AcceptFault::of`](crate::AcceptFault::of) says what to do about any of them.
pub fn accept(bound: &Bound) -> io::Result<Accepted> {
    let (socket, address) = bound.socket().accept()?;
    prepare(socket, &address)
}

/// Does the rest of [`accept`] for a socket that something else has accepted, such as an executor's own listener.
///
/// # Errors
/// As of [`accept`]: all of them concern this connection only.
pub fn adopt(socket: Socket) -> io::Result<Accepted> {
    let address = socket.peer_addr().map_err(lost)?;
    prepare(socket, &address)
}

fn prepare(socket: Socket, address: &SockAddr) -> io::Result<Accepted> {
    socket.set_nonblocking(true)?;
    let peer = identify(&socket, address).map_err(lost)?;
    Ok(Accepted { socket, peer })
}

fn identify(socket: &Socket, address: &SockAddr) -> io::Result<Peer> {
    if let Some(address) = address.as_socket() {
        tcp::send_at_once(socket)?;
        return Ok(Peer::new(PeerAddress::Tcp(address)));
    }
    let peer = Peer::new(unix::address(address));
    Ok(match credentials::of(socket)? {
        Some(credentials) => peer.with_credentials(credentials),
        None => peer,
    })
}

/// A client that is gone before we could look at it gives odd errors, which must not be mistaken for the listener's.
fn lost(error: io::Error) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, error)
}
