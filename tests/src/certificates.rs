//! Certificates made on the spot, and TLS with them.

mod everyday;

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ALL_VERSIONS, ClientConfig, RootCertStore, ServerConfig, SupportedProtocolVersion};

use crate::unique_name;

pub use everyday::{Visitor, lent, visitor};
pub(crate) use everyday::{bind_options, connect_options, everyday_client};

/// Somebody who signs certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key.
pub struct Certified {
    /// The certificate in DER.
    pub certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Clone for Certified {
    fn clone(&self) -> Self {
        Self { certificate: self.certificate.clone(), key: self.key.clone_key() }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// A new one, whom nobody trusts yet.
    ///
    /// # Panics
    /// When there is no randomness.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        // Issuers are found by their names.
        params.distinguished_name.push(DnType::CommonName, unique_name());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("there is randomness");
        Self(CertifiedIssuer::self_signed(params, key).expect("nothing is odd about it"))
    }

    /// A certificate for a host or a client of this name.
    #[must_use]
    pub fn certify(&self, name: &str) -> Certified {
        self.certify_until(name, 4000)
    }

    /// The same, for one that ended with the year before this one.
    ///
    /// # Panics
    /// When there is no randomness.
    #[must_use]
    pub fn certify_until(&self, name: &str, year: i32) -> Certified {
        let mut params = CertificateParams::new([name.to_owned()]).expect("it is a name");
        params.not_before = rcgen::date_time_ymd(2000, 1, 1);
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().expect("there is randomness");
        let certificate = params.signed_by(&key, &self.0).expect("nothing is odd about it");
        let key = key.serialize_der().try_into().expect("it was a key");
        Certified { certificate: certificate.der().clone(), key }
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).expect("it is an authority");
        roots
    }

    /// A client that trusts this authority and shows a certificate, or none.
    #[must_use]
    pub fn client(&self, shown: Option<Certified>) -> ClientConfig {
        self.client_of(ALL_VERSIONS, shown)
    }

    /// The same, of these versions of TLS.
    ///
    /// # Panics
    /// Never, with the certificates of this module.
    #[must_use]
    pub fn client_of(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        shown: Option<Certified>,
    ) -> ClientConfig {
        client(self.roots(), versions, shown)
    }

    /// A server that only lets those in whom this authority has signed.
    ///
    /// # Panics
    /// Never, with the certificates of this module.
    #[must_use]
    pub fn server_for_members(&self, shown: Certified) -> ServerConfig {
        let verifier = WebPkiClientVerifier::builder_with_provider(self.roots().into(), provider());
        ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the provider has all of them")
            .with_client_cert_verifier(verifier.build().expect("there is a root"))
            .with_single_cert(vec![shown.certificate], shown.key)
            .expect("they match")
    }
}

fn client(
    roots: RootCertStore,
    versions: &[&'static SupportedProtocolVersion],
    shown: Option<Certified>,
) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .expect("the provider has them")
        .with_root_certificates(roots);
    match shown {
        None => builder.with_no_client_auth(),
        Some(shown) => builder.with_client_auth_cert(vec![shown.certificate], shown.key).expect("they match"),
    }
}

/// A server that shows a certificate and asks for none.
///
/// # Panics
/// Never, with the certificates of this module.
#[must_use]
pub fn server_for_all(shown: Certified) -> ServerConfig {
    ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider has all of them")
        .with_no_client_auth()
        .with_single_cert(vec![shown.certificate], shown.key)
        .expect("they match")
}

/// Who does the arithmetic in the tests.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
