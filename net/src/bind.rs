//! From an endpoint to a listening socket.

use std::sync::Arc;

use bowline_runtime::{Endpoint, EndpointKind};

use crate::security::{self, ServerSecurity};
use crate::trust::Trust;
use crate::{BindError, Bound, Network, inherited, tcp, unix};

/// How to listen. Safe by default; each setter gives up or changes one thing, in any order.
///
/// ```
/// use bowline_net::BindOptions;
///
/// // A service for the members of a group, each of them known by its user id.
/// let options = BindOptions::new().mode(0o660).allow_users([1000, 1001]);
/// ```
#[derive(Clone, Debug)]
pub struct BindOptions {
    pub(crate) allow_remote: bool,
    pub(crate) mode: u32,
    pub(crate) backlog: i32,
    pub(crate) trust: Trust,
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix has sockets in directories"))]
    pub(crate) shared_directory: bool,
    pub(crate) tls: Option<Arc<dyn ServerSecurity>>,
    pub(crate) proxies: Option<Vec<Network>>,
    pub(crate) inherited: Option<String>,
    pub(crate) reuse_port: bool,
}

impl BindOptions {
    /// The defaults: loopback only, mode 0600, a backlog of 128, the same user only.
    #[must_use]
    pub fn new() -> Self {
        Self {
            allow_remote: false,
            mode: 0o600,
            backlog: 128,
            trust: Trust::default(),
            shared_directory: false,
            tls: None,
            proxies: None,
            inherited: None,
            reuse_port: false,
        }
    }

    /// Whether `tcp://` may listen on addresses that other machines can reach. Nothing is encrypted and nobody is
    /// identified there. `tls+tcp://` always may. Default: no.
    #[must_use]
    pub fn allow_remote(self, allow: bool) -> Self {
        Self { allow_remote: allow, ..self }
    }

    /// The TLS of a server at `tls+tcp://`, as `bowline_tls::ServerTls`. Such a server may listen on any address. With it,
    /// `tcp://` is refused; local endpoints don't care. Default: none.
    #[must_use]
    pub fn tls(self, tls: impl ServerSecurity + 'static) -> Self {
        Self { tls: Some(Arc::new(tls)), ..self }
    }

    /// All clients come through proxies, such as HAProxy with `send-proxy-v2`, that are at these addresses. Each connection
    /// then begins with a header of the PROXY protocol, version 2, also before TLS, and
    /// [`Peer::address`](bowline_runtime::Peer::address) is what it says, in the decision about the client, too. Default:
    /// there are none, and a header is a violation of the protocol.
    ///
    /// * Who connects over TCP from any other address is refused as unauthorized: the header is a mere claim. At a Unix
    ///   socket whoever the check for the [same user](Self::same_user) lets in counts as a proxy; credentials stay those
    ///   of the proxy, and so does the limit per user.
    /// * What is no header is dropped, without an answer, and counted in
    ///   [`ServerStats::insecure`](bowline_runtime::ServerStats::insecure). Its deadline is that of the handshake; on the plain
    ///   profile, which has none, 10 s.
    /// * A proxy that comes on its own account, as to see whether the server is there, is an ordinary client.
    ///
    /// ```
    /// use bowline_net::BindOptions;
    ///
    /// let options = BindOptions::new().proxies(["10.0.0.0/28".parse()?, "127.0.0.1".parse()?]);
    /// # Ok::<(), bowline_net::NetworkError>(())
    /// ```
    #[must_use]
    pub fn proxies(self, trusted: impl IntoIterator<Item = Network>) -> Self {
        Self { proxies: Some(trusted.into_iter().collect()), ..self }
    }

    /// Takes the socket over that systemd has made and handed to this process under this name (socket activation), instead
    /// of making one. It has to listen at the very endpoint that is bound; [`inherited`](crate::inherited()) tells where it
    /// does. Each can be taken once. On Linux only; elsewhere nothing is ever handed over. Default: the server makes its
    /// own.
    ///
    /// * The socket is systemd's: its path, its [mode](Self::mode), its directory, its [backlog](Self::backlog) and whether
    ///   others [share its port](Self::reuse_port) are as the unit says (`SocketMode=` is 0666 unless it says otherwise), and
    ///   no lock is taken. Who may come in, and whether other machines may, is decided by these options as ever.
    /// * The client for whom systemd has started this process waits already, and others may. They are left where they are
    ///   until somebody shows interest (see [`Server`](bowline_runtime::Server)), instead of being turned away.
    /// * A server that ends leaves the socket where it is. Clients that it has not accepted wait for the next one.
    /// * Clients see the user who made the socket, which for a system unit is root: they have to
    ///   [allow](crate::DialOptions::allow_users) user 0 as well.
    #[must_use]
    pub fn inherited(self, name: impl Into<String>) -> Self {
        Self { inherited: Some(name.into()), ..self }
    }

    /// Whether several servers may listen on one TCP address, each in a process of its own, say (`SO_REUSEPORT`): each of
    /// them must ask for it, and the system deals the clients out. Default: no, and the second server gets
    /// [`InUse`](BindError::InUse). For `tcp://` and `tls+tcp://`; not on Windows, which has nothing like it.
    ///
    /// * On Linux only processes of one user can share a port. Whoever runs as this user can join, and so gets a part of
    ///   the clients.
    /// * A client is dealt to a server before that server accepts. When it ends, the clients that it has not accepted
    ///   are reset: they are not dealt to another one. Behind a proxy that retries, or with
    ///   [a socket of systemd's](Self::inherited), none is lost.
    /// * Linux deals by a hash of the addresses, evenly only among many clients, and to servers that are stuck, too. On
    ///   macOS and some BSDs nothing is dealt: the system may give one server everything.
    #[must_use]
    pub fn reuse_port(self, share: bool) -> Self {
        Self { reuse_port: share, ..self }
    }

    /// The permissions of a Unix socket at a path: exactly these, whatever the umask is. To connect one needs
    /// permission to write. Default: `0o600`. More than `0o777` is refused by [`bind`].
    ///
    /// Who gets through here still has to pass the check for the [same user](Self::same_user).
    #[must_use]
    pub fn mode(self, mode: u32) -> Self {
        Self { mode, ..self }
    }

    /// How many clients may wait in the kernel to be accepted; the system may allow fewer. Default: 128.
    #[must_use]
    pub fn backlog(self, clients: u32) -> Self {
        Self { backlog: i32::try_from(clients).unwrap_or(i32::MAX), ..self }
    }

    /// Whether local clients must run as the same user as this process (or as one of the
    /// [listed ones](Self::allow_users)); root is no exception. Default: yes. Can't be switched off for abstract
    /// names, and means nothing for TCP. See [`Bound::verify`].
    #[must_use]
    pub fn same_user(self, required: bool) -> Self {
        Self { trust: Trust { same_user: required, ..self.trust }, ..self }
    }

    /// Which other users may connect as well, by user id. For a path, widen the [mode](Self::mode) too. Default: none.
    /// Called again, it replaces the list.
    #[must_use]
    pub fn allow_users(self, users: impl IntoIterator<Item = u32>) -> Self {
        Self { trust: Trust { users: users.into_iter().collect(), ..self.trust }, ..self }
    }

    /// Whether the socket may lie in a directory in which other users can remove and replace it. They can then take
    /// the server's place or keep it from starting, and only the check for the same user tells clients the
    /// difference. Default: no. See [`bind`].
    #[must_use]
    pub fn shared_directory(self, allow: bool) -> Self {
        Self { shared_directory: allow, ..self }
    }

    /// That the options are possible, and go together with the endpoint.
    pub(crate) fn check(&self, endpoint: &Endpoint) -> Result<(), BindError> {
        if self.mode > 0o777 {
            return Err(BindError::Mode { mode: self.mode });
        }
        let is_tcp = matches!(endpoint.kind(), EndpointKind::Tcp { .. } | EndpointKind::Tls { .. });
        if self.reuse_port && !is_tcp {
            return Err(BindError::NotShared { scheme: endpoint.scheme() });
        }
        security::wanted(endpoint, self.tls.as_ref())?;
        Ok(())
    }
}

impl Default for BindOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Listens at an endpoint.
///
/// **Paths.** The directory must exist, belong to this user or root, and be writable by no one else, unless it is
/// sticky like `/tmp`; [`shared_directory`](BindOptions::shared_directory) waives that. Directories further up are not
/// looked at. Beside the socket lies a lock file, `<path>.lock`, for as long as the server lives. A socket that a dead
/// server of this user left behind is replaced; whatever else is at the path stays, and so does a living server, even
/// one that knows nothing of the lock. Links are never followed at the path itself.
///
/// **`local://name`** is `$XDG_RUNTIME_DIR/bowline/name.sock` if that variable names a directory that is private to
/// this user, and else `bowline-<uid>/name.sock` in the directory for temporary files. The inner directory is made
/// with mode 0700; one that exists is used only if it is private to this user and not a link. Server and client
/// find each other only if both see the same environment. In a sandbox on macOS the directory for temporary files is the
/// container's; on iOS the socket is in it itself, since little room is left in the path (some 9 bytes for the name). On Android it is
/// the abstract name `bowline-<uid>/name`.
///
/// **TCP** and TLS with port 0 lets the system choose: [`Bound::endpoint`] tells. All addresses of the host must be allowed;
/// the first one that the machine has is used. A socket at `tls+tcp://` is one of TCP: [`serve`](crate::serve) puts TLS on
/// what comes in, who calls this has to do it himself, and the host that was named stays in the endpoint. Looking up a name may block: give an IP address where that matters.
///
/// # Errors
/// [`BindError`]; then nothing was left behind.
///
/// ```
/// use bowline_net::{BindOptions, bind};
///
/// let bound = bind(&"tcp://127.0.0.1:0".parse()?, &BindOptions::new())?;
/// println!("listening on {}", bound.endpoint());
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub fn bind(endpoint: &Endpoint, options: &BindOptions) -> Result<Bound, BindError> {
    options.check(endpoint)?;
    if let Some(name) = &options.inherited {
        return inherited::adopt(endpoint, name, options);
    }
    match endpoint.kind() {
        EndpointKind::Tcp { host, port } | EndpointKind::Tls { host, port } => {
            tcp::bind(endpoint, host, port, options)
        }
        _ => unix::bind(endpoint, options),
    }
}
