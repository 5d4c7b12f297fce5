//! Servers and clients at endpoints.

use bowline_net::{BindError, BindOptions, ConnectOptions};
use bowline_runtime::{Connect, Server, ServerOptions, ToEndpoint};

use crate::Runtime;
use crate::reactor::AsyncIo;

/// Starts a server at an endpoint such as `local://name`, `unix:///run/app.sock`, `abstract://name` or
/// `tcp://127.0.0.1:4000`, with default options. `tls+tcp://` needs options: see [`BindOptions::tls`].
///
/// Can be called from anywhere. A TCP host that is a name is looked up, which blocks.
///
/// # Errors
/// Why the endpoint can't be had; see [`BindError`]. A living server is never disturbed.
pub fn bind(endpoint: impl ToEndpoint) -> Result<Server, BindError> {
    Runtime::default().bind(endpoint)
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
    Runtime::default().bind_with(endpoint, options, server)
}

/// Connects to the server at an endpoint, with default options.
///
/// Can be called from anywhere.
///
/// # Errors
/// The task ends with a [`ConnectError`](bowline_runtime::ConnectError): the server's refusal and its reason, or why it
/// could not be reached.
///
/// # Cancel safety
/// Dropping the task ends the attempt; see [`Connect`].
pub fn connect(endpoint: impl ToEndpoint) -> Connect {
    Runtime::default().connect(endpoint)
}

/// Connects to the server at an endpoint.
///
/// # Errors
/// As [`connect`].
///
/// # Cancel safety
/// As [`connect`].
pub fn connect_with(endpoint: impl ToEndpoint, options: ConnectOptions) -> Connect {
    Runtime::default().connect_with(endpoint, options)
}

impl Runtime {
    /// Starts a server whose background work runs here; else as [`bind`].
    ///
    /// # Errors
    /// As [`bind`].
    pub fn bind(&self, endpoint: impl ToEndpoint) -> Result<Server, BindError> {
        self.bind_with(endpoint, &BindOptions::new(), ServerOptions::new())
    }

    /// Starts a server whose background work runs here; else as [`bind_with`].
    ///
    /// # Errors
    /// As [`bind`].
    pub fn bind_with(
        &self,
        endpoint: impl ToEndpoint,
        options: &BindOptions,
        server: ServerOptions,
    ) -> Result<Server, BindError> {
        bowline_net::serve(&AsyncIo::of(self), endpoint, options, server)
    }

    /// Connects, with the background work here; else as [`connect`].
    ///
    /// # Errors
    /// As [`connect`]. If the executor is gone and drops the work, the task ends with
    /// [`RuntimeGone`](crate::TransportErrorKind::RuntimeGone).
    ///
    /// # Cancel safety
    /// As [`connect`].
    pub fn connect(&self, endpoint: impl ToEndpoint) -> Connect {
        self.connect_with(endpoint, ConnectOptions::new())
    }

    /// Connects, with the background work here; else as [`connect_with`].
    ///
    /// # Errors
    /// As [`Runtime::connect`].
    ///
    /// # Cancel safety
    /// As [`connect`].
    pub fn connect_with(&self, endpoint: impl ToEndpoint, options: ConnectOptions) -> Connect {
        bowline_net::join(AsyncIo::of(self), endpoint, options)
    }
}
