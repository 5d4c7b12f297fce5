//! The server's side.

use core::time::Duration;
use std::io;
use std::sync::Arc;

use bowline_net::{Insecure, ServerSecurity};
use bowline_runtime::Transport;
use rustls::{ServerConfig, ServerConnection};

use crate::session::Session;
use crate::transport::{PATIENCE, TlsTransport};

/// The TLS of a server, for the option `tls` of an adapter's `BindOptions`.
///
/// The configuration says which certificate the server shows and, by its client verifier, which clients it wants to see a
/// certificate of. Without such a verifier nobody is identified: clients are encrypted strangers.
///
/// Two things are not the configuration's to say: data before the handshake's end (0-RTT), which could be replayed, is
/// never taken; and no key is logged unless the configuration has a `key_log` of the program's own.
#[derive(Clone, Debug)]
pub struct ServerTls {
    config: Arc<ServerConfig>,
    patience: Duration,
}

impl ServerTls {
    /// TLS by this configuration.
    #[must_use]
    pub fn new(config: impl Into<Arc<ServerConfig>>) -> Self {
        let mut config = config.into();
        if config.max_early_data_size > 0 {
            Arc::make_mut(&mut config).max_early_data_size = 0;
        }
        Self { config, patience: PATIENCE }
    }

    /// How long the handshake of TLS may take. That of the full profile, whose deadline is the `handshake_timeout` of
    /// `Config`, has to be over in time as well, and begins when the client comes. Default: 10 s.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { patience: timeout, ..self }
    }
}

impl ServerSecurity for ServerTls {
    fn accept(&self, stream: Insecure) -> io::Result<Box<dyn Transport>> {
        let connection = ServerConnection::new(Arc::clone(&self.config)).map_err(io::Error::other)?;
        Ok(Box::new(TlsTransport::new(stream, Session::new(connection), self.patience)))
    }
}
