//! Who is at the other end of a connection, as far as the operating system can tell.

use core::fmt;
use core::net::SocketAddr;
use std::path::PathBuf;

/// The other end of a connection: where it is, and for local transports which user it is.
///
/// Displays on one line for logs; whatever the peer chose itself is escaped.
///
/// ```
/// use bowline_runtime::{Credentials, Peer, PeerAddress};
///
/// let peer = Peer::new(PeerAddress::Unix(None)).with_credentials(Credentials::new(1000, 1000, Some(4711)));
/// assert_eq!(peer.to_string(), "unix (uid 1000, gid 1000, pid 4711)");
/// assert_eq!(peer.user(), Some(1000));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    address: PeerAddress,
    credentials: Option<Credentials>,
}

/// Where a peer is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeerAddress {
    /// A Unix socket: the path it is bound to, which a server has and a client hardly ever.
    Unix(Option<PathBuf>),
    /// A name in Linux's abstract namespace, without the leading NUL.
    Abstract(String),
    /// An address and a port. A proxy or NAT may hide who is behind it.
    Tcp(SocketAddr),
    /// A Windows named pipe, by its name without `\\\\.\\pipe\\`.
    Pipe(String),
    /// Any other stream, in the words of whoever made it: `memory`, `serial /dev/ttyS0`.
    Other(String),
}

/// Which user and process a local peer was when it connected (a client) or began to listen (a server).
///
/// The kernel vouches for them. They say who *opened* the connection: a socket may since have been handed to another
/// process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Credentials {
    uid: u32,
    gid: u32,
    pid: Option<u32>,
}

impl Peer {
    /// A peer at this address, of which nothing else is known.
    #[must_use]
    pub fn new(address: PeerAddress) -> Self {
        Self { address, credentials: None }
    }

    /// The same peer, with what the operating system said about its user.
    #[must_use]
    pub fn with_credentials(self, credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..self }
    }

    /// Where the peer is.
    #[must_use]
    pub fn address(&self) -> &PeerAddress {
        &self.address
    }

    /// Which user the peer is; `None` on TCP, on foreign streams and where the system can't tell.
    #[must_use]
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// The key by which clients are counted for a limit per user: the user id, if the peer has [credentials].
    ///
    /// `None` for TCP: an address is not a user, for one user can have many and one proxy can stand for many users.
    /// Such peers are only counted all together.
    ///
    /// [credentials]: Self::credentials
    #[must_use]
    pub fn user(&self) -> Option<u64> {
        self.credentials.map(|credentials| u64::from(credentials.uid))
    }
}

impl Credentials {
    /// The credentials of a user, with its group and process if known.
    #[must_use]
    pub fn new(uid: u32, gid: u32, pid: Option<u32>) -> Self {
        Self { uid, gid, pid }
    }

    /// The effective user id.
    #[must_use]
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// The effective group id.
    #[must_use]
    pub fn gid(&self) -> u32 {
        self.gid
    }

    /// The process id, if the system tells and can see it (not so for a process in an outer container).
    ///
    /// For display only: the process may be gone and its number in use by another one, so never decide by it.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.credentials {
            Some(credentials) => write!(f, "{} ({credentials})", self.address),
            None => self.address.fmt(f),
        }
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(None) => f.write_str("unix"),
            // A client may bind to any path: without the escaping it could write lines into our logs.
            Self::Unix(Some(path)) => write!(f, "unix://{}", path.to_string_lossy().escape_debug()),
            Self::Abstract(name) => write!(f, "abstract://{}", name.escape_debug()),
            Self::Tcp(address) => write!(f, "tcp://{address}"),
            Self::Pipe(name) => write!(f, "pipe://{}", name.escape_debug()),
            Self::Other(text) => write!(f, "{}", text.escape_debug()),
        }
    }
}

impl fmt::Display for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "uid {}, gid {}", self.uid, self.gid)?;
        self.pid.map_or(Ok(()), |pid| write!(f, ", pid {pid}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_peers_are_users() {
        let tcp = Peer::new(PeerAddress::Tcp(SocketAddr::from(([127, 0, 0, 1], 80))));
        assert_eq!(tcp.user(), None);
        let root = Peer::new(PeerAddress::Unix(None)).with_credentials(Credentials::new(0, 0, None));
        assert_eq!(root.user(), Some(0));
    }

    #[test]
    fn displays_on_one_line_whatever_the_peer_chose() {
        let named = PeerAddress::Unix(Some("/tmp/a\nroot logged in".into()));
        assert_eq!(Peer::new(named).to_string(), r"unix:///tmp/a\nroot logged in");
        assert_eq!(PeerAddress::Abstract("\u{1b}[2J".into()).to_string(), r"abstract://\u{1b}[2J");
        assert_eq!(PeerAddress::Other("memory".into()).to_string(), "memory");
        let tcp = PeerAddress::Tcp("[::1]:80".parse().unwrap());
        assert_eq!(Peer::new(tcp).to_string(), "tcp://[::1]:80");
    }

    #[test]
    fn an_unseen_process_is_left_out() {
        let peer = Peer::new(PeerAddress::Unix(None)).with_credentials(Credentials::new(5, 6, None));
        assert_eq!(peer.to_string(), "unix (uid 5, gid 6)");
    }
}
