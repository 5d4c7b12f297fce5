//! Who is at the other end of a connection, as far as the operating system can tell.

mod findings;

use core::error::Error;
use core::fmt;
use core::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

pub use findings::{Findings, Identity};

/// The other end of a connection: where it is, for local transports which user it is, and what it has proven by a
/// certificate.
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
    findings: Option<Findings>,
}

/// Where a peer is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeerAddress {
    /// A Unix socket: the path it is bound to, which a server has and a client hardly ever.
    Unix(Option<PathBuf>),
    /// A name in Linux's abstract namespace, without the leading NUL.
    Abstract(String),
    /// An address and a port. A NAT may hide who is behind it; so may a proxy, unless the server was told of it.
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
        Self { address, credentials: None, findings: None }
    }

    /// The same peer, with what the operating system said about its user.
    #[must_use]
    pub fn with_credentials(self, credentials: Credentials) -> Self {
        Self { credentials: Some(credentials), ..self }
    }

    /// The same peer, about which the transport is going to find out more while the connection opens.
    #[must_use]
    pub fn with_findings(self, findings: Findings) -> Self {
        Self { findings: Some(findings), ..self }
    }

    /// Where to enter what else is found out. For those who write transports.
    #[must_use]
    pub fn findings(&self) -> Option<&Findings> {
        self.findings.as_ref()
    }

    /// Where the peer is.
    #[must_use]
    pub fn address(&self) -> &PeerAddress {
        self.findings.as_ref().and_then(Findings::address).unwrap_or(&self.address)
    }

    /// Who the peer has proven to be, by a certificate that this side's rules accept: on `tls+tcp://`, a server always, a
    /// client if it was asked for one.
    ///
    /// It is there before the program is asked about a client. On the plain profile, which has no handshake of its own, a
    /// client may be offered before TLS has begun: it is there with the first message then.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        self.findings.as_ref().and_then(Findings::identity)
    }

    /// Why the stream's own security failed, if it did: with `bowline-tls` a `TlsError`.
    #[must_use]
    pub fn fault(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.findings.as_ref().and_then(Findings::fault)
    }

    /// Which user the peer is; `None` on TCP, on foreign streams and where the system can't tell.
    #[must_use]
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// The same, to be kept.
    pub(crate) fn shared_fault(&self) -> Option<Arc<dyn Error + Send + Sync>> {
        self.findings.as_ref().and_then(Findings::shared_fault)
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
            Some(credentials) => write!(f, "{} ({credentials})", self.address()),
            None => self.address().fmt(f),
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

    /// Mutant: `address` always tells the socket's.
    #[test]
    fn what_is_found_later_is_seen_by_those_who_have_the_peer_already() {
        let findings = Findings::new();
        let proxied =
            Peer::new(PeerAddress::Tcp("[::1]:80".parse().unwrap())).with_findings(findings.clone());
        let seen = proxied.clone();
        findings.set_address(PeerAddress::Tcp("192.0.2.1:7".parse().unwrap()));
        findings.set_identity(Identity::new(vec![vec![1], vec![2]]));
        findings.set_fault(fmt::Error);
        assert_eq!(seen.to_string(), "tcp://192.0.2.1:7");
        assert_eq!(seen.identity().map(|identity| identity.certificates().count()), Some(2));
        assert!(seen.fault().is_some_and(|fault| fault.is::<fmt::Error>()));
        assert_eq!(seen, proxied);
    }

    #[test]
    fn an_unseen_process_is_left_out() {
        let peer = Peer::new(PeerAddress::Unix(None)).with_credentials(Credentials::new(5, 6, None));
        assert_eq!(peer.to_string(), "unix (uid 5, gid 6)");
    }
}
