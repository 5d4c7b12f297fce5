//! Servers and clients at endpoints.

use bowline_net::{BindError, BindOptions, ConnectOptions};
use bowline_runtime::{Connect, Server, ServerOptions, ToEndpoint, TransportErrorKind};

use crate::keeper;
use crate::reactor::StdReactor;

/// Starts a server at an endpoint such as `local://name`, `unix:///run/app.sock`, `abstract://name` or
/// `tcp://127.0.0.1:4000`, with default options. `tls+tcp://` needs options: see [`BindOptions::tls`].
///
/// A TCP host that is a name is looked up, which blocks.
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
    let failed = |source| BindError::Io { action: "watch for readiness", source };
    let keeper = keeper::get().map_err(failed)?;
    bowline_net::serve(&StdReactor(keeper), endpoint, options, server)
}

/// Connects to the server at an endpoint, with default options.
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
    match keeper::get() {
        Ok(keeper) => bowline_net::join(StdReactor(keeper), endpoint, options),
        Err(_out_of_descriptors) => Connect::failed(TransportErrorKind::Exhausted),
    }
}
