//! What can go wrong with TLS, and whose fault it is.

use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage};

/// Why a stream is not secure, or is not any more.
///
/// A connect that comes to nothing has it inside of its `ConnectError::Insecure`; of a connection that broke later
/// `socket.peer().fault()` shows it.
///
/// ```
/// use bowline_tls::{Blame, TlsError};
///
/// fn may_help_to_fetch_a_new_certificate(error: &bowline_runtime::ConnectError) -> bool {
///     error.insecurity::<TlsError>().is_some_and(|error| error.blame() == Blame::ThisSide)
/// }
/// # assert!(!may_help_to_fetch_a_new_certificate(&bowline_runtime::ConnectError::TimedOut));
/// ```
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// This side's fault: the endpoint's host can't be in any certificate.
    #[error("no certificate can be for the host {host:?}")]
    Host {
        /// The endpoint's host.
        host: String,
    },
    /// The peer's fault: its certificate is not one that this side's rules accept. It may be for another host, expired, or
    /// signed by nobody whom this side trusts.
    #[error("the peer's certificate is not accepted: {}", reason(.0))]
    Untrusted(CertificateError),
    /// The peer's fault: it has shown no certificate, and this side wants one.
    #[error("the peer has shown no certificate")]
    Anonymous,
    /// This side's fault: the peer does not accept its certificate, or wants one and was shown none.
    #[error("the peer does not accept this side's certificate: {}", words(*.0))]
    Rejected(AlertDescription),
    /// The peer has ended it for another reason.
    #[error("the peer has given up TLS: {}", words(*.0))]
    Alert(AlertDescription),
    /// The peer's fault: what it sends is not TLS.
    #[error("the peer does not speak TLS")]
    NotTls,
    /// The peer's fault: it has no version or cipher in common with this side.
    #[error("the peer's TLS has nothing in common with this side's: {0}")]
    Incompatible(rustls::Error),
    /// The peer's fault, or somebody has meddled with the bytes.
    #[error("the peer has broken TLS: {0}")]
    Violated(rustls::Error),
    /// This side's fault: its configuration or its cryptography has failed.
    #[error("TLS has failed on this side: {0}")]
    Local(rustls::Error),
}

/// Who is at fault when TLS fails.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Blame {
    /// This program, its configuration or its certificate.
    ThisSide,
    /// The other end, or somebody on the way.
    Peer,
}

impl TlsError {
    /// Who is at fault.
    #[must_use]
    pub const fn blame(&self) -> Blame {
        match self {
            Self::Host { .. } | Self::Rejected(_) | Self::Local(_) => Blame::ThisSide,
            _ => Blame::Peer,
        }
    }

    /// What rustls says; in the handshake bytes that are no TLS at all have no other meaning.
    pub(crate) fn of(error: rustls::Error, shaking: bool) -> Self {
        use rustls::Error;
        match error {
            Error::InvalidCertificate(error) => Self::Untrusted(error),
            Error::NoCertificatesPresented => Self::Anonymous,
            Error::AlertReceived(alert) if is_about_certificates(alert) => Self::Rejected(alert),
            Error::AlertReceived(alert) => Self::Alert(alert),
            Error::InvalidMessage(message) if shaking && is_foreign(message) => Self::NotTls,
            Error::PeerIncompatible(_) | Error::NoApplicationProtocol => Self::Incompatible(error),
            Error::InappropriateMessage { .. }
            | Error::InappropriateHandshakeMessage { .. }
            | Error::InvalidEncryptedClientHello(_)
            | Error::InvalidMessage(_)
            | Error::DecryptError
            | Error::PeerMisbehaved(_)
            | Error::PeerSentOversizedRecord => Self::Violated(error),
            _ => Self::Local(error),
        }
    }
}

/// As a transport says it.
impl From<TlsError> for io::Error {
    fn from(error: TlsError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

const fn is_about_certificates(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::CertificateRequired
            | Alert::UnrecognisedName
    )
}

const fn is_foreign(message: InvalidMessage) -> bool {
    matches!(
        message,
        InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge
    )
}

fn reason(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => "nobody whom this side trusts has signed it".to_owned(),
        CertificateError::BadSignature => "it is not signed by whom it says".to_owned(),
        CertificateError::Revoked => "it was revoked".to_owned(),
        // rustls has no name of its own for it, and `openssl req -x509` makes such certificates.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            "it is an authority's, and a server or a client needs one with CA:FALSE".to_owned()
        }
        other => other.to_string(),
    }
}

fn words(alert: AlertDescription) -> String {
    use AlertDescription as Alert;
    match alert {
        Alert::CertificateRequired | Alert::NoCertificate => "it wants one, and none was shown".to_owned(),
        Alert::CertificateExpired => "it has expired".to_owned(),
        Alert::CertificateRevoked => "it was revoked".to_owned(),
        Alert::UnknownCA => "it does not know who signed it".to_owned(),
        Alert::UnrecognisedName => "there is none for this host".to_owned(),
        Alert::AccessDenied => "its owner may not connect".to_owned(),
        other => format!("alert {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
    use rustls::RootCertStore;
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::ServerCertVerifier;
    use rustls::crypto::ring;
    use rustls::pki_types::{CertificateDer, UnixTime};

    use super::*;

    /// Mutant: without words of its own for it, rustls' `Debug` output is shown.
    #[test]
    fn an_authority_as_a_server_is_told_in_words() {
        let own = certificate(IsCa::Ca(BasicConstraints::Unconstrained));
        let error = TlsError::of(verify(&own).unwrap_err(), true);
        let said = error.to_string();
        assert!(
            said.ends_with("it is an authority's, and a server or a client needs one with CA:FALSE"),
            "{said}"
        );
        assert_eq!(error.blame(), Blame::Peer);

        assert_eq!(verify(&certificate(IsCa::ExplicitNoCa)), Ok(()));
    }

    /// Signed by itself, for localhost.
    fn certificate(is_ca: IsCa) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.is_ca = is_ca;
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    /// What a client says that trusts this certificate and is shown it.
    fn verify(own: &CertificateDer<'static>) -> Result<(), rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add(own.clone()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let host = "localhost".try_into().unwrap();
        verifier.verify_server_cert(own, &[], &host, &[], UnixTime::now()).map(|_| ())
    }
}
