//! Clients: an endpoint as a connected socket.

use core::future::poll_fn;
use core::net::IpAddr;
use core::time::Duration;
use std::io;

use bowline_runtime::{
    Arrival, Config, Connect, ConnectError, ConnectOperation, Endpoint, EndpointKind, Role, ToEndpoint,
};
use socket2::Socket;

use crate::listen::for_endpoint;
use crate::reactor::{Attempt, Reactor, Source};
use crate::transport::SocketTransport;
use crate::{Candidate, Candidates, DialError, DialOptions, Dialing, candidates};

/// How a client connects. The order of the setters does not matter.
///
/// ```
/// use bowline_net::ConnectOptions;
/// use bowline_runtime::Config;
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

/// Connects to the server at an endpoint, on a runtime: what an adapter's `connect` does.
///
/// # Errors
/// The task ends with a [`ConnectError`]: the server's refusal and its reason, or why it could not be reached.
pub fn join<R: Reactor>(reactor: R, endpoint: impl ToEndpoint, options: ConnectOptions) -> Connect {
    let endpoint = endpoint.to_endpoint();
    let config = endpoint.as_ref().map_or(options.config, |endpoint| for_endpoint(options.config, endpoint));
    let executor = reactor.executor();
    let dial = Box::pin(async move { dial(&reactor, endpoint?, options.dial).await });
    ConnectOperation::start(executor, config, Role::Client, options.timeout, dial)
}

/// Tries one address after the other; the last failure counts.
async fn dial<R: Reactor>(
    reactor: &R,
    endpoint: Endpoint,
    options: DialOptions,
) -> Result<Arrival, ConnectError> {
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for candidate in look_up(reactor, endpoint, options).await.map_err(ConnectError::Unreachable)? {
        match dial_one(reactor, &candidate).await {
            Ok(arrival) => return Ok(arrival),
            Err(error) => failure = error,
        }
    }
    Err(ConnectError::Unreachable(failure))
}

/// Only looking up a name blocks.
async fn look_up<R: Reactor>(
    reactor: &R,
    endpoint: Endpoint,
    options: DialOptions,
) -> io::Result<Candidates> {
    let is_name =
        matches!(endpoint.kind(), EndpointKind::Tcp { host, .. } if host.parse::<IpAddr>().is_err());
    if !is_name {
        return Ok(candidates(&endpoint, &options)?);
    }
    Ok(reactor.unblock(move || candidates(&endpoint, &options)).await??)
}

async fn dial_one<R: Reactor>(reactor: &R, candidate: &Candidate) -> io::Result<Arrival> {
    let mut source = reactor.watch(begin(reactor, candidate).await?)?;
    let finish = |socket: &Socket| match candidate.finish(socket) {
        Ok(Some(peer)) => Attempt::Done(Ok(peer)),
        Ok(None) => Attempt::Blocked,
        Err(error) => Attempt::Done(Err(error.into())),
    };
    let peer = poll_fn(|cx| source.poll_output(cx, finish)).await?;
    Ok(Arrival { transport: Box::new(SocketTransport::new(source)), peer, objection: None })
}

/// Begins to connect. A local server whose backlog is full gives no notice when that changes: try again, less and less
/// often. The connect's own deadline ends it.
async fn begin<R: Reactor>(reactor: &R, candidate: &Candidate) -> Result<Socket, DialError> {
    let mut pause = Duration::from_millis(1);
    loop {
        match candidate.dial()? {
            Dialing::Connected(socket) | Dialing::InProgress(socket) => return Ok(socket),
            Dialing::Full => reactor.sleep(pause).await,
        }
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}
