//! One address of a server: beginning to connect to it, and who answered.

use core::fmt;
use std::io;

use bowline_runtime::{Peer, PeerAddress};
use socket2::{SockAddr, Socket, Type};

use crate::trust::Trust;
use crate::{DialError, credentials, tcp};

/// One address at which a server may be. From [`candidates`](crate::candidates()).
///
/// Connecting takes two steps, so that any executor can wait in between: [`dial`](Self::dial), then, once the socket is
/// writable, [`finish`](Self::finish).
#[derive(Clone, Debug)]
pub struct Candidate {
    address: SockAddr,
    server: PeerAddress,
    trust: Trust,
}

/// How far a connection has come. Every socket in it is nonblocking and not inherited by child processes.
#[derive(Debug)]
#[non_exhaustive]
pub enum Dialing {
    /// It is there already: [finish](Candidate::finish) it.
    Connected(Socket),
    /// It is on its way: wait until the socket is writable, then [finish](Candidate::finish) it.
    InProgress(Socket),
    /// The server is there but too many clients wait for it (a Unix socket's full backlog). The system won't say when
    /// there is room: [dial](Candidate::dial) again after a short, random pause.
    Full,
}

impl Candidate {
    pub(crate) fn new(address: SockAddr, server: PeerAddress, trust: Trust) -> Self {
        Self { address, server, trust }
    }

    #[cfg(windows)]
    pub(crate) const fn address(&self) -> &SockAddr {
        &self.address
    }

    /// Begins to connect, without blocking.
    ///
    /// # Errors
    /// [`DialError::Io`]: nobody listens there (`NotFound`, `ConnectionRefused`), or the system won't. On macOS and the
    /// BSDs a full backlog looks like nobody listening.
    pub fn dial(&self) -> Result<Dialing, DialError> {
        let socket = Socket::new(self.address.domain(), Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        match socket.connect(&self.address) {
            Ok(()) => Ok(Dialing::Connected(socket)),
            // A local one comes about at once or has not begun.
            Err(error) if self.is_local() && is_worth_another_try(&error) => Ok(Dialing::Full),
            Err(error) if is_under_way(&error) => Ok(Dialing::InProgress(socket)),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the connection has come about, and with whom. Not a byte has been sent or received yet.
    ///
    /// `None` if it has not, which happens after a false alarm: wait until the socket is writable again.
    ///
    /// # Errors
    /// [`DialError::Io`]: it has failed. [`DialError::WrongOwner`]: somebody else has taken the server's place. Drop the
    /// socket then.
    pub fn finish(&self, socket: &Socket) -> Result<Option<Peer>, DialError> {
        if let Some(error) = socket.take_error()? {
            return Err(error.into());
        }
        match socket.peer_addr() {
            Ok(_) => self.identify(socket).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn identify(&self, socket: &Socket) -> Result<Peer, DialError> {
        let peer = Peer::new(self.server.clone());
        if !self.is_local() {
            if tcp::met_itself(socket, &self.server)? {
                return Err(io::Error::from(io::ErrorKind::ConnectionRefused).into());
            }
            tcp::send_at_once(socket)?;
            return Ok(peer);
        }
        let peer = match credentials::of(socket)? {
            Some(credentials) => peer.with_credentials(credentials),
            None => peer,
        };
        self.trust.check(&peer)?;
        Ok(peer)
    }

    fn is_local(&self) -> bool {
        !matches!(self.server, PeerAddress::Tcp(_))
    }
}

/// As in logs: `tcp://127.0.0.1:80`, `unix:///run/app.sock`.
impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.server.fmt(f)
    }
}

fn is_worth_another_try(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// An interrupted call goes on connecting all the same.
#[cfg(unix)]
fn is_under_way(error: &io::Error) -> bool {
    use rustix::io::Errno;
    matches!(Errno::from_io_error(error), Some(Errno::INPROGRESS | Errno::INTR))
}

#[cfg(not(unix))]
fn is_under_way(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
