//! What a test needs of an adapter.

use bowline_net::BindError;
use bowline_runtime::{BoxFuture, Config, Connect, Endpoint, Role, Server, ServerOptions};

use crate::LocalStream;

/// An adapter with an executor of its own, which runs by itself until this is dropped.
pub trait Adapter: Send + Sync {
    /// The adapter's `bind_with`.
    ///
    /// # Errors
    /// The adapter's.
    fn bind(&self, endpoint: &Endpoint, options: ServerOptions) -> Result<Server, BindError>;

    /// The adapter's `connect_with`.
    fn connect(&self, endpoint: &Endpoint, config: Config) -> Connect;

    /// Offers one end of a pipe in memory to a server and connects through the other one.
    fn connect_in_memory(&self, server: &Server, config: Config) -> Connect;

    /// The adapter's `offer_stream`.
    fn offer(&self, server: &Server, stream: LocalStream);

    /// The adapter's `from_stream`.
    fn adopt(&self, stream: LocalStream, role: Role, config: Config) -> Connect;

    /// Runs a future to its end on the executor.
    fn spawn(&self, future: BoxFuture<()>);
}
