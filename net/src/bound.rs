//! A listening socket and all that must go when it goes.

#[cfg(unix)]
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
#[cfg(windows)]
use std::os::windows::io::{AsRawSocket, AsSocket, BorrowedSocket, RawSocket};

use bowline_runtime::{Endpoint, Peer};
use socket2::Socket;

use crate::Unauthorized;
use crate::trust::Trust;
use crate::unix::Claim;

/// A server's listening socket: nonblocking, not inherited by child processes.
///
/// Dropping it removes the socket's path, but only if that is still the one it made; then it gives up the lock and
/// closes the socket, which resets clients that nobody has accepted. In a forked child it only closes, and so it does with a
/// socket that was [handed over](crate::BindOptions::inherited).
#[derive(Debug)]
pub struct Bound {
    // First, so that it is dropped first: as long as the socket is open, its inode lives and no other file can have
    // the same number, and that number is how the claim knows its path.
    _claim: Option<Claim>,
    socket: Socket,
    endpoint: Endpoint,
    trust: Trust,
    /// The process that listens.
    process: u32,
    /// Others have this very socket, too, and go on listening.
    is_shared: bool,
}

impl Drop for Bound {
    fn drop(&mut self) {
        // A forked child's copy would go on listening, and clients would wait for a server that is gone.
        if self.process == std::process::id() && !self.is_shared {
            let _not_listening_any_more = self.socket.shutdown(std::net::Shutdown::Both);
        }
    }
}

impl Bound {
    pub(crate) fn new(endpoint: Endpoint, socket: Socket, trust: Trust, claim: Option<Claim>) -> Self {
        let process = std::process::id();
        Self { _claim: claim, socket, endpoint, trust, process, is_shared: false }
    }

    /// A socket that goes on listening when we have gone.
    #[cfg(target_os = "linux")]
    pub(crate) fn shared(endpoint: Endpoint, socket: Socket, trust: Trust) -> Self {
        let mut bound = Self::new(endpoint, socket, trust, None);
        bound.is_shared = true;
        bound
    }

    /// Whether others have this very socket, too, and clients may wait in it for longer than this process lives.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// Where it really listens: with the port that the system chose, and with the path that a `local://` name led to.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The socket, to wait on until it is readable and to [accept](crate::accept()) then.
    ///
    /// An executor that insists on a listener of its own gets a `try_clone` of it; keep `self` as long as that lives.
    #[must_use]
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// Whether this peer is a user that may come in, by the [options](crate::BindOptions::same_user) it was bound with.
    /// Ask before the first byte is read from it.
    ///
    /// # Errors
    /// [`Unauthorized`]: refuse the peer with the code of that name.
    pub fn verify(&self, peer: &Peer) -> Result<(), Unauthorized> {
        self.trust.check(peer)
    }
}

#[cfg(unix)]
impl AsFd for Bound {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(unix)]
impl AsRawFd for Bound {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

#[cfg(windows)]
impl AsSocket for Bound {
    fn as_socket(&self) -> BorrowedSocket<'_> {
        self.socket.as_socket()
    }
}

#[cfg(windows)]
impl AsRawSocket for Bound {
    fn as_raw_socket(&self) -> RawSocket {
        self.socket.as_raw_socket()
    }
}
