//! Clients: an endpoint as a connected socket.

#[cfg(unix)]
use core::future::poll_fn;
use core::net::IpAddr;
use core::time::Duration;
use std::io;
use std::sync::Arc;

use bowline_runtime::{
    Arrival, Config, Connect, ConnectError, ConnectOperation, Endpoint, EndpointKind, Peer, Role, ToEndpoint,
    Transport,
};
#[cfg(unix)]
use socket2::Socket;

#[cfg(unix)]
use crate::Dialing;
use crate::listen::for_endpoint;
use crate::reactor::Reactor;
#[cfg(unix)]
use crate::reactor::{Attempt, Source};
use crate::security::{self, ClientSecurity, Insecure, RawStream};
#[cfg(unix)]
use crate::transport::SocketTransport;
#[cfg(windows)]
use crate::windows;
use crate::{Candidate, Candidates, DialError, DialOptions, candidates, trace};

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

    /// Whom to trust, and the TLS of `tls+tcp://`.
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
    #[cfg(windows)]
    if let Some(arrival) = open_pipe(reactor, &endpoint, &options).await.map_err(unreachable)? {
        return Ok(arrival);
    }
    let tls = security::wanted(&endpoint, options.tls.as_ref()).map_err(unreachable)?;
    let tls = tls.map(|(security, host)| (security, host.to_owned()));
    let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for candidate in look_up(reactor, endpoint, options).await.map_err(ConnectError::Unreachable)? {
        match dial_one(reactor, &candidate).await {
            Ok((stream, peer)) => return secured(reactor, stream, peer, tls),
            Err(error) => {
                trace::address_failed(&candidate, &error);
                failure = error;
            }
        }
    }
    Err(ConnectError::Unreachable(failure))
}

fn unreachable(error: impl Into<DialError>) -> ConnectError {
    ConnectError::Unreachable(error.into().into())
}

/// A stream to the server, with the endpoint's security on it.
fn secured<R: Reactor>(
    reactor: &R,
    stream: impl Transport + RawStream + 'static,
    peer: Peer,
    tls: Option<(Arc<dyn ClientSecurity>, String)>,
) -> Result<Arrival, ConnectError> {
    let Some((tls, host)) = tls else {
        return Ok(Arrival { transport: Box::new(stream), peer, objection: None });
    };
    let (stream, peer) = Insecure::new(stream, peer, &*reactor.executor());
    let transport = tls.connect(stream, &host);
    let transport = transport.map_err(|error| ConnectError::Insecure(error.into()))?;
    Ok(Arrival { transport, peer, objection: None })
}

/// Only looking up a name blocks.
async fn look_up<R: Reactor>(
    reactor: &R,
    endpoint: Endpoint,
    options: DialOptions,
) -> io::Result<Candidates> {
    let is_name = match endpoint.kind() {
        EndpointKind::Tcp { host, .. } | EndpointKind::Tls { host, .. } => host.parse::<IpAddr>().is_err(),
        _ => false,
    };
    if !is_name {
        return Ok(candidates(&endpoint, &options)?);
    }
    Ok(reactor.unblock(move || candidates(&endpoint, &options)).await??)
}

#[cfg(unix)]
async fn dial_one<R: Reactor>(
    reactor: &R,
    candidate: &Candidate,
) -> io::Result<(SocketTransport<R::Source<Socket>>, Peer)> {
    let socket = patiently(reactor, || {
        Ok(match candidate.dial()? {
            Dialing::Connected(socket) | Dialing::InProgress(socket) => Some(socket),
            Dialing::Full => None,
        })
    });
    let mut source = reactor.watch(socket.await?)?;
    let finish = |socket: &Socket| match candidate.finish(socket) {
        Ok(Some(peer)) => Attempt::Done(Ok(peer)),
        Ok(None) => Attempt::Blocked,
        Err(error) => Attempt::Done(Err(error.into())),
    };
    let peer = poll_fn(|cx| source.poll_output(cx, finish)).await?;
    Ok((SocketTransport::new(source), peer))
}

#[cfg(windows)]
async fn dial_one<R: Reactor>(_: &R, candidate: &Candidate) -> io::Result<(windows::StreamTransport, Peer)> {
    windows::dial_tcp(candidate).await
}

/// Opens the pipe that an endpoint stands for; `None` if it stands for none.
#[cfg(windows)]
async fn open_pipe<R: Reactor>(
    reactor: &R,
    endpoint: &Endpoint,
    options: &DialOptions,
) -> Result<Option<Arrival>, DialError> {
    let Some(name) = windows::pipe_name(endpoint)? else { return Ok(None) };
    patiently(reactor, || name.open(&options.trust)).await.map(Some)
}

/// A local server that has no room at the moment gives no notice when that changes: try again, less and less often. The
/// connect's own deadline ends it.
async fn patiently<R: Reactor, T>(
    reactor: &R,
    mut attempt: impl FnMut() -> Result<Option<T>, DialError>,
) -> Result<T, DialError> {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(done) = attempt()? {
            return Ok(done);
        }
        reactor.sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}
