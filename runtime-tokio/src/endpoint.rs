//! Servers and clients at endpoints.

use core::time::Duration;
use std::io;

use bowline_net::{BindError, BindOptions, Candidate, Candidates, DialError, DialOptions, Dialing, Socket};
use bowline_runtime::{
    Arrival, Config, Connect, ConnectError, ConnectOperation, Endpoint, EndpointKind, Heartbeat, Peer, Role,
    Server, ServerOptions, ToEndpoint,
};
use tokio::io::Interest;
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::executor::Tokio;
use crate::register::register;
use crate::socket::{SocketListen, SocketTransport};

/// How a client connects. The order of the setters does not matter.
///
/// ```
/// use bowline_tokio::{Config, ConnectOptions};
/// use core::time::Duration;
///
/// let options = ConnectOptions::new()
///     .timeout(Duration::from_secs(2))
///     .config(Config::new().message_limit(64 << 20));
/// ```
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    config: Config,
    dial: DialOptions,
    timeout: Duration,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self { config: Config::new(), dial: DialOptions::new(), timeout: Duration::from_secs(10) }
    }
}

impl ConnectOptions {
    /// The defaults of [`Config`] and [`DialOptions`], and 10 s to reach the endpoint.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The limits and deadlines of the connection.
    #[must_use]
    pub const fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Whom to trust.
    #[must_use]
    pub fn dial(mut self, dial: DialOptions) -> Self {
        self.dial = dial;
        self
    }

    /// How long it may take to reach the endpoint. The handshake has its own deadlines, in [`Config`].
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// Starts a server at an endpoint such as `local://name`, `unix:///run/app.sock`, `abstract://name` or
/// `tcp://127.0.0.1:4000`, with default options.
///
/// Must be called within a tokio runtime. A TCP host that is a name is looked up, which blocks.
///
/// # Errors
/// Why the endpoint can't be had; see [`BindError`]. A living server is never disturbed.
pub fn bind(endpoint: impl ToEndpoint) -> Result<Server, BindError> {
    bind_with(endpoint, &BindOptions::new(), ServerOptions::new())
}

/// Starts a server at an endpoint.
///
/// # Errors
/// As [`bind`].
pub fn bind_with(
    endpoint: impl ToEndpoint,
    bind: &BindOptions,
    options: ServerOptions,
) -> Result<Server, BindError> {
    let io = |action| move |source| BindError::Io { action, source };
    let endpoint = endpoint.to_endpoint()?;
    let runtime = Handle::try_current().map_err(io::Error::other).map_err(io("find a tokio runtime"))?;
    let bound = bowline_net::bind(&endpoint, bind)?;
    let serving = bound.endpoint().clone();
    let listen = SocketListen::new(bound, &runtime).map_err(io("register the socket with tokio"))?;
    let options = options.map_config(|config| for_endpoint(config, &serving));
    Ok(Server::start(Tokio::of(runtime), options, Some(serving), Box::new(listen)))
}

/// Connects to the server at an endpoint, with default options.
///
/// Must be called within a tokio runtime; outside of one the task ends with
/// [`RuntimeGone`](bowline_runtime::TransportErrorKind::RuntimeGone).
///
/// # Errors
/// The task ends with a [`ConnectError`]: the server's refusal and its reason, or why it could not be reached.
///
/// # Cancel safety
/// Dropping the task ends the attempt; see [`Connect`].
pub fn connect(endpoint: impl ToEndpoint) -> Connect {
    connect_with(endpoint, ConnectOptions::new())
}

/// Connects to the server at an endpoint.
///
/// # Errors
/// As [`connect`].
pub fn connect_with(endpoint: impl ToEndpoint, options: ConnectOptions) -> Connect {
    let endpoint = endpoint.to_endpoint();
    let config = endpoint.as_ref().map_or(options.config, |endpoint| for_endpoint(options.config, endpoint));
    let dial = Box::pin(async move { dial(endpoint?, options.dial).await });
    ConnectOperation::start(Tokio::current_or_none(), config, Role::Client, options.timeout, dial)
}

/// Only TCP needs a heartbeat: the system tells at once when a local peer is gone.
fn for_endpoint(config: Config, endpoint: &Endpoint) -> Config {
    match endpoint.kind() {
        EndpointKind::Tcp { .. } => config.default_heartbeat(Heartbeat::TCP),
        _ => config,
    }
}

/// Tries one address after the other; the last failure counts.
async fn dial(endpoint: Endpoint, options: DialOptions) -> Result<Arrival, ConnectError> {
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for candidate in candidates(endpoint, options).await.map_err(ConnectError::Unreachable)? {
        match dial_one(&candidate).await {
            Ok((socket, peer)) => {
                let transport =
                    SocketTransport::new(socket, &Handle::current()).map_err(ConnectError::Unreachable)?;
                return Ok(Arrival { transport: Box::new(transport), peer, objection: None });
            }
            Err(error) => failure = error,
        }
    }
    Err(ConnectError::Unreachable(failure))
}

/// Looking up a name blocks, so that it has a thread of its own.
async fn candidates(endpoint: Endpoint, options: DialOptions) -> io::Result<Candidates> {
    let is_name = matches!(endpoint.kind(), EndpointKind::Tcp { host, .. } if host.parse::<core::net::IpAddr>().is_err());
    if !is_name {
        return Ok(bowline_net::candidates(&endpoint, &options)?);
    }
    let looked_up = spawn_blocking(move || bowline_net::candidates(&endpoint, &options)).await;
    Ok(looked_up.map_err(io::Error::other)??)
}

async fn dial_one(candidate: &Candidate) -> io::Result<(Socket, Peer)> {
    let socket = start(candidate).await?;
    if let Some(peer) = candidate.finish(&socket)? {
        return Ok((socket, peer));
    }
    let socket = register(socket, Interest::WRITABLE, &Handle::current())?;
    loop {
        let mut ready = socket.writable().await?;
        if let Some(peer) = candidate.finish(ready.get_inner())? {
            drop(ready);
            return Ok((socket.into_inner(), peer));
        }
        ready.clear_ready();
    }
}

/// Starts connecting. A local server whose backlog is full gives no notice when that changes: try again, less and less
/// often. The connect's own deadline ends it.
async fn start(candidate: &Candidate) -> Result<Socket, DialError> {
    let mut pause = Duration::from_millis(1);
    loop {
        match candidate.dial()? {
            Dialing::Connected(socket) | Dialing::InProgress(socket) => return Ok(socket),
            _ => sleep(pause).await,
        }
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}
