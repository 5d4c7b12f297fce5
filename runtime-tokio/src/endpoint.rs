//! Servers and clients at endpoints.

use std::io;

use bowline_net::{BindError, BindOptions, ConnectOptions};
use bowline_runtime::{Connect, Server, ServerOptions, ToEndpoint, TransportErrorKind};
use tokio::runtime::Handle;

use crate::reactor::TokioReactor;

/// Starts a server at an endpoint such as `local://name`, `unix:///run/app.sock`, `abstract://name` or
/// `tcp://127.0.0.1:4000`, with default options. `tls+tcp://` needs options: see [`BindOptions::tls`].
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
    options: &BindOptions,
    server: ServerOptions,
) -> Result<Server, BindError> {
    let outside = |error| BindError::Io { action: "find a tokio runtime", source: io::Error::other(error) };
    let runtime = Handle::try_current().map_err(outside)?;
    bowline_net::serve(&TokioReactor(runtime), endpoint, options, server)
}

/// Connects to the server at an endpoint, with default options.
///
/// Must be called within a tokio runtime; outside of one the task ends with
/// [`RuntimeGone`](TransportErrorKind::RuntimeGone).
///
/// # Errors
/// The task ends with a [`ConnectError`](bowline_runtime::ConnectError): the server's refusal and its reason, or why it
/// could not be reached.
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
///
/// # Cancel safety
/// As [`connect`].
pub fn connect_with(endpoint: impl ToEndpoint, options: ConnectOptions) -> Connect {
    match Handle::try_current() {
        Ok(runtime) => bowline_net::join(TokioReactor(runtime), endpoint, options),
        Err(_outside) => Connect::failed(TransportErrorKind::RuntimeGone),
    }
}
