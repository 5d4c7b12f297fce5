//! From an endpoint to the addresses at which its server may be.

use core::iter::FusedIterator;
use std::sync::Arc;

use bowline_runtime::{Endpoint, EndpointKind, PeerAddress};

use crate::security::{self, ClientSecurity};
use crate::trust::Trust;
use crate::{Candidate, DialError, tcp, unix};

/// How to connect. Safe by default; each setter gives up or changes one thing, in any order.
#[derive(Clone, Debug, Default)]
pub struct DialOptions {
    allow_remote: bool,
    pub(crate) trust: Trust,
    pub(crate) tls: Option<Arc<dyn ClientSecurity>>,
}

impl DialOptions {
    /// The defaults: loopback only, a server of the same user only.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether `tcp://` may connect to other machines. Nothing is encrypted and nobody is identified there. `tls+tcp://`
    /// always may. Default: no.
    #[must_use]
    pub fn allow_remote(self, allow: bool) -> Self {
        Self { allow_remote: allow, ..self }
    }

    /// The TLS of a client of `tls+tcp://`, as `bowline_tls::ClientTls`. With it, `tcp://` is refused; local endpoints
    /// don't care. Default: none.
    #[must_use]
    pub fn tls(self, tls: impl ClientSecurity + 'static) -> Self {
        Self { tls: Some(Arc::new(tls)), ..self }
    }

    /// Whether a local server must run as the same user as this process (or as one of the
    /// [listed ones](Self::allow_users)); root is no exception. Default: yes. Can't be switched off for abstract
    /// names, and means nothing for TCP.
    #[must_use]
    pub fn same_user(self, required: bool) -> Self {
        Self { trust: Trust { same_user: required, ..self.trust }, ..self }
    }

    /// As which other users a local server may run, by user id. Default: none. Called again, it replaces the list.
    #[must_use]
    pub fn allow_users(self, users: impl IntoIterator<Item = u32>) -> Self {
        Self { trust: Trust { users: users.into_iter().collect(), ..self.trust }, ..self }
    }
}

/// The addresses at which a server may be, in the order in which to try them; at least one. From [`candidates`].
#[derive(Debug)]
pub struct Candidates(std::vec::IntoIter<Candidate>);

/// Looks up where the server of an endpoint may be.
///
/// Only a TCP host can have several addresses; try one after the other until one answers. Looking up a name may block:
/// do it where that is allowed, or give an IP address. Nothing else here blocks. Those of `tls+tcp://` lead to bare TCP:
/// [`join`](crate::join) puts TLS on it.
///
/// # Errors
/// [`DialError`]. An error of [kind](DialError::kind) `NotFound` for a `local://` name means that no server has ever
/// listened.
///
/// ```
/// use bowline_net::{DialOptions, candidates};
///
/// let mut candidates = candidates(&"tcp://[::1]:4000".parse()?, &DialOptions::new())?;
/// assert_eq!(candidates.next().unwrap().to_string(), "tcp://[::1]:4000");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub fn candidates(endpoint: &Endpoint, options: &DialOptions) -> Result<Candidates, DialError> {
    let is_secure = security::wanted(endpoint, options.tls.as_ref())?.is_some();
    let candidates = match endpoint.kind() {
        EndpointKind::Tcp { host, port } | EndpointKind::Tls { host, port } => {
            tcp::resolve(host, port, options.allow_remote || is_secure)?
                .into_iter()
                .map(|address| {
                    Candidate::new(address.into(), PeerAddress::Tcp(address), options.trust.clone())
                })
                .collect()
        }
        _ => vec![unix::candidate(endpoint, &options.trust)?],
    };
    Ok(Candidates(candidates.into_iter()))
}

impl Iterator for Candidates {
    type Item = Candidate;

    fn next(&mut self) -> Option<Candidate> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Candidates {}
impl FusedIterator for Candidates {}
