//! What a client passes between its socket and the protocol.

use std::io;
use std::sync::Arc;

use bowline_runtime::{Arrival, Endpoint, Executor, Peer, Refusal, Transport};

use crate::proxy::{self, Proxied};
use crate::security::{self, Insecure, RawStream, ServerSecurity};
use crate::{BindOptions, Network, SecurityError};

/// What stands before the protocol at a server's endpoint: a proxy's header, then TLS.
pub(crate) struct Entrance {
    tls: Option<Arc<dyn ServerSecurity>>,
    proxies: Option<Vec<Network>>,
    executor: Arc<dyn Executor>,
}

impl Entrance {
    pub(crate) fn of(
        endpoint: &Endpoint,
        options: &BindOptions,
        executor: Arc<dyn Executor>,
    ) -> Result<Self, SecurityError> {
        let tls = security::wanted(endpoint, options.tls.as_ref())?;
        let tls = tls.map(|(security, _host)| security);
        Ok(Self { tls, proxies: options.proxies.clone(), executor })
    }

    /// Somebody has come in.
    pub(crate) fn arrive(
        &self,
        stream: impl Transport + RawStream + 'static,
        peer: Peer,
    ) -> io::Result<Arrival> {
        match &self.proxies {
            None => self.secure(stream, peer),
            // Nobody's word is taken for it, and no header waited for.
            Some(trusted) if !proxy::is_trusted(&peer, trusted) => {
                Ok(Arrival { objection: Some(Refusal::Unauthorized), ..self.secure(stream, peer)? })
            }
            Some(_) => {
                let (stream, peer) = Proxied::new(stream, peer, &*self.executor);
                self.secure(stream, peer)
            }
        }
    }

    fn secure(&self, stream: impl Transport + RawStream + 'static, peer: Peer) -> io::Result<Arrival> {
        let Some(tls) = &self.tls else {
            return Ok(Arrival { transport: Box::new(stream), peer, objection: None });
        };
        let (stream, peer) = Insecure::new(stream, peer, &*self.executor);
        let transport = tls.accept(stream)?;
        Ok(Arrival { transport, peer, objection: None })
    }
}
