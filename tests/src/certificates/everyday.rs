//! TLS for worlds in which it does not matter who shows what. Another process may be given the clients' part of it.

use core::time::Duration;
use std::env;
use std::sync::{Arc, LazyLock};

use bowline_net::{BindOptions, ConnectOptions, DialOptions};
use bowline_runtime::{Config, Endpoint, EndpointKind};
use bowline_tls::{ClientTls, ServerTls};
use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::TLS12;
use rustls::{ALL_VERSIONS, ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};

use super::{Authority, Certified};
use crate::bytes_of;

/// What the worlds use where it does not matter who shows what: 127.0.0.1 is certified, and so is the client.
struct Everyday {
    server: Arc<ServerConfig>,
    pass: Pass,
}

static EVERYDAY: LazyLock<Everyday> = LazyLock::new(|| {
    let authority = Authority::new();
    let server = authority.server_for_members(authority.certify("127.0.0.1")).into();
    let own = authority.certify("client.example");
    Everyday { server, pass: Pass { authority: authority.0.der().clone(), own } }
});

/// The one of this process, or of the process that has lent it.
static PASS: LazyLock<Pass> = LazyLock::new(|| match env::var(LENT) {
    Ok(text) => Pass::parse(&text),
    Err(_) => EVERYDAY.pass.clone(),
});

/// Somebody whom nobody has vouched for.
static STRANGER: LazyLock<Certified> = LazyLock::new(|| Authority::new().certify("client.example"));

/// The variable in which another process finds the pass.
const LENT: &str = "BOWLINE_TEST_PASS";

/// What a client needs to be let in.
#[derive(Clone)]
struct Pass {
    /// Whom it trusts.
    authority: CertificateDer<'static>,
    /// What it shows.
    own: Certified,
}

impl Pass {
    fn parse(text: &str) -> Self {
        let mut parts = text.split(' ').map(bytes_of);
        let mut next = || parts.next().expect("a pass has three parts");
        let (authority, certificate) = (next().into(), next().into());
        let key = PrivateKeyDer::try_from(next()).expect("it was a key");
        Self { authority, own: Certified { certificate, key } }
    }

    fn text(&self) -> String {
        [&*self.authority, &*self.own.certificate, self.own.key.secret_der()].map(hex).join(" ")
    }

    fn client(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        shown: Option<Certified>,
    ) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone()).expect("it is an authority");
        super::client(roots, versions, shown)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The variable of the environment with which another process's clients are let in by this one's servers.
#[must_use]
pub fn lent() -> (&'static str, String) {
    (LENT, PASS.text())
}

/// Who a client of the worlds' servers is to them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Visitor {
    /// Somebody whom they let in.
    Member,
    /// The same, who knows nothing newer than TLS 1.2.
    Veteran,
    /// Somebody with a certificate from elsewhere.
    Stranger,
    /// Somebody who shows no certificate.
    Nobody,
}

/// A client that trusts the worlds' servers. It remembers no sessions: each handshake is a whole one.
#[must_use]
pub fn visitor(who: Visitor) -> ClientConfig {
    let shown = match who {
        Visitor::Member | Visitor::Veteran => Some(PASS.own.clone()),
        Visitor::Stranger => Some(STRANGER.clone()),
        Visitor::Nobody => None,
    };
    let versions = if who == Visitor::Veteran { &[&TLS12][..] } else { ALL_VERSIONS };
    let mut client = PASS.client(versions, shown);
    client.resumption = Resumption::disabled();
    client
}

/// Longer than any test: what is tested in the worlds is the protocol's deadline.
const LONG: Duration = Duration::from_secs(600);

/// What an adapter's server needs at an endpoint.
pub(crate) fn bind_options(endpoint: &Endpoint) -> BindOptions {
    let options = BindOptions::new();
    match endpoint.kind() {
        EndpointKind::Tls { .. } => {
            let tls = ServerTls::new(Arc::clone(&EVERYDAY.server));
            options.tls(tls.timeout(LONG))
        }
        _ => options,
    }
}

/// What an adapter's client needs for an endpoint.
pub(crate) fn connect_options(endpoint: &Endpoint, config: Config) -> ConnectOptions {
    let options = ConnectOptions::new().config(config);
    match endpoint.kind() {
        EndpointKind::Tls { .. } => options.dial(DialOptions::new().tls(ClientTls::new(everyday_client()))),
        _ => options,
    }
}

/// The client that the worlds' servers let in.
pub(crate) fn everyday_client() -> Arc<ClientConfig> {
    static CLIENT: LazyLock<Arc<ClientConfig>> =
        LazyLock::new(|| PASS.client(ALL_VERSIONS, Some(PASS.own.clone())).into());
    Arc::clone(&CLIENT)
}
