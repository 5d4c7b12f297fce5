//! The client's side.

use core::error::Error;
use core::time::Duration;
use std::sync::Arc;

use bowline_net::{ClientSecurity, Insecure};
use bowline_runtime::Transport;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use crate::error::TlsError;
use crate::session::Session;
use crate::transport::{PATIENCE, TlsTransport};

/// The TLS of a client, for the option `tls` of an adapter's `DialOptions`.
///
/// The configuration says by which authorities a server's certificate has to be signed, and which certificate the client
/// shows, if any. That the certificate is for the endpoint's host is checked by the same verifier.
///
/// Data before the handshake's end (0-RTT), which could be replayed, is never sent, whatever the configuration says; and no
/// key is logged unless the configuration has a `key_log` of the program's own.
#[derive(Clone, Debug)]
pub struct ClientTls {
    config: Arc<ClientConfig>,
    patience: Duration,
}

impl ClientTls {
    /// TLS by this configuration.
    #[must_use]
    pub fn new(config: impl Into<Arc<ClientConfig>>) -> Self {
        let mut config = config.into();
        if config.enable_early_data {
            Arc::make_mut(&mut config).enable_early_data = false;
        }
        Self { config, patience: PATIENCE }
    }

    /// How long the handshake of TLS may take. That of the full profile, whose deadline is the `handshake_timeout` of
    /// `Config`, has to be over in time as well, and begins when the server is reached. Default: 10 s.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { patience: timeout, ..self }
    }
}

impl ClientSecurity for ClientTls {
    fn connect(
        &self,
        stream: Insecure,
        host: &str,
    ) -> Result<Box<dyn Transport>, Box<dyn Error + Send + Sync>> {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|_| TlsError::Host { host: host.to_owned() })?;
        let connection = ClientConnection::new(Arc::clone(&self.config), name).map_err(TlsError::Local)?;
        Ok(Box::new(TlsTransport::new(stream, Session::new(connection), self.patience)))
    }
}
