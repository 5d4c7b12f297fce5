//! The TLS of `tls+tcp://`: whom to trust and what to show, from PEM files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bowline_tls::rustls::crypto::{CryptoProvider, ring};
use bowline_tls::rustls::pki_types::pem::{self, PemObject};
use bowline_tls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use bowline_tls::rustls::server::WebPkiClientVerifier;
use bowline_tls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use bowline_tls::{ClientTls, ServerTls};
use bowline_tokio::{Endpoint, EndpointKind, Peer};
use clap::Args;
use sha2::{Digest, Sha256};

use crate::send::digits;
use crate::{Failure, Result};

/// What both ends can say about TLS.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "TLS, for tls+tcp:// endpoints")]
pub(crate) struct Tls {
    /// Who must have signed the other end's certificate (PEM). To connect, this is needed; a side that listens with it takes
    /// only clients that show such a certificate
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// The certificate to show, with those between it and its authority (PEM). To listen, this is needed
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,

    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
}

/// A certificate, those between it and its authority, and its key.
type Shown = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

impl Tls {
    /// The TLS of a side that listens; `None` where there is none.
    pub(crate) fn server(&self, endpoint: &Endpoint) -> Result<Option<ServerTls>> {
        if !self.is_wanted(endpoint) {
            return Ok(None);
        }
        let (chain, key) = self.shown()?.ok_or_else(|| missing("to listen", "--cert and --key"))?;
        let builder = ServerConfig::builder_with_provider(provider());
        let builder = builder.with_safe_default_protocol_versions().map_err(unusable)?;
        let builder = match self.roots()? {
            None => builder.with_no_client_auth(),
            Some(roots) => {
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
                builder.with_client_cert_verifier(verifier.build().map_err(unusable)?)
            }
        };
        let config = builder.with_single_cert(chain, key).map_err(unusable)?;
        Ok(Some(ServerTls::new(config)))
    }

    /// The TLS of a side that connects; `None` where there is none.
    pub(crate) fn client(&self, endpoint: &Endpoint) -> Result<Option<ClientTls>> {
        if !self.is_wanted(endpoint) {
            return Ok(None);
        }
        let roots = self.roots()?.ok_or_else(|| missing("to connect", "--ca"))?;
        let builder = ClientConfig::builder_with_provider(provider());
        let builder = builder.with_safe_default_protocol_versions().map_err(unusable)?;
        let builder = builder.with_root_certificates(roots);
        let config = match self.shown()? {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(unusable)?,
        };
        Ok(Some(ClientTls::new(config)))
    }

    /// With options for TLS and an endpoint without it, the library says that they don't go together.
    fn is_wanted(&self, endpoint: &Endpoint) -> bool {
        matches!(endpoint.kind(), EndpointKind::Tls { .. }) || self.ca.is_some() || self.cert.is_some()
    }

    fn shown(&self) -> Result<Option<Shown>> {
        let (Some(cert), Some(key)) = (&self.cert, &self.key) else { return Ok(None) };
        let chain = certificates(cert)?;
        Ok(Some((chain, PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, &error))?)))
    }

    fn roots(&self) -> Result<Option<Arc<RootCertStore>>> {
        let Some(ca) = &self.ca else { return Ok(None) };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(ca)? {
            roots.add(certificate).map_err(unusable)?;
        }
        Ok(Some(roots.into()))
    }
}

/// Who a peer is, with the SHA-256 of the certificate that it has shown.
pub(crate) fn who(peer: &Peer) -> String {
    let shown = peer.identity().and_then(|identity| identity.certificates().next());
    match shown {
        Some(certificate) => format!("{peer} (certificate sha256 {})", digits(&Sha256::digest(certificate))),
        None => peer.to_string(),
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read =
        CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<core::result::Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if certificates.is_empty() => Err(unreadable(file, &pem::Error::NoItemsFound)),
        read => read.map_err(|error| unreadable(file, &error)),
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn missing(what: &str, options: &str) -> Failure {
    Failure::Usage(format!("{what} at tls+tcp://, {options} must be given"))
}

fn unreadable(file: &Path, error: &pem::Error) -> Failure {
    Failure::Local(format!("{}: {error}", file.display()))
}

fn unusable(error: impl core::fmt::Display) -> Failure {
    Failure::Local(format!("can't use the certificates: {error}"))
}
