//! A client finds out who the server is, and goes no further if it is not the one that was meant.

use bowline_runtime::{Config, Endpoint, Server};
use bowline_tests::certificates::{Authority, server_for_all};
use bowline_tests::watchdog;
use bowline_tls::{Blame, TlsError};
use rustls::{CertificateError, ClientConfig};

use crate::kit::{address, connect_to, insecurity, join, leaf, serve};

/// The client's error, after which the server has heard nothing of a client and counts one whose TLS came to nothing.
#[track_caller]
fn expect_distrust(server: &Server, endpoint: &Endpoint, client: ClientConfig) -> CertificateError {
    let accept = server.accept();
    let error = insecurity(connect_to(endpoint, client, Config::new()));
    assert_eq!(error.blame(), Blame::Peer);
    watchdog::until("the end of the client", || server.stats().insecure == 1);
    assert!(accept.cancel().is_none(), "a client was offered");
    match error {
        TlsError::Untrusted(error) => error,
        other => panic!("{other:?}"),
    }
}

/// Mutant: the host that is checked is always 127.0.0.1.
#[test]
fn another_host_is_not_the_one_that_was_meant() {
    let authority = Authority::new();
    let server = serve(server_for_all(authority.certify("127.0.0.1")));
    let endpoint = Endpoint::tls("localhost", address(&server).1).unwrap();
    let error = expect_distrust(&server, &endpoint, authority.client(None));
    assert!(matches!(error, CertificateError::NotValidForNameContext { .. }), "{error:?}");
}

#[test]
fn nobody_is_trusted_whom_an_unknown_authority_has_signed() {
    let server = serve(server_for_all(Authority::new().certify("127.0.0.1")));
    let client = Authority::new().client(None);
    let error = expect_distrust(&server, server.endpoint().unwrap(), client);
    assert_eq!(error, CertificateError::UnknownIssuer);
}

#[test]
fn an_expired_certificate_proves_nothing() {
    let authority = Authority::new();
    let server = serve(server_for_all(authority.certify_until("127.0.0.1", 2001)));
    let error = expect_distrust(&server, server.endpoint().unwrap(), authority.client(None));
    assert!(matches!(error, CertificateError::ExpiredContext { .. }), "{error:?}");
}

/// Mutant: a client does not say whom it has met.
#[test]
fn a_client_knows_its_server() {
    let authority = Authority::new();
    let shown = authority.certify("127.0.0.1");
    let certificate = shown.certificate.clone();
    let server = serve(server_for_all(shown));
    let (client, served) = join(&server, authority.client(None));
    assert_eq!(leaf(client.peer().identity()), Some(certificate));
    assert_eq!(served.peer().identity(), None, "nobody has asked the client");
}

#[test]
fn a_name_is_checked_like_an_address() {
    let authority = Authority::new();
    let server = serve(server_for_all(authority.certify("localhost")));
    let endpoint = Endpoint::tls("localhost", address(&server).1).unwrap();
    server.on_connect(|_peer| true, drop);
    let socket = connect_to(&endpoint, authority.client(None), Config::new()).wait().unwrap();
    drop(socket);
}

/// The system takes `127.1` for an address, certificates don't.
#[cfg(unix)]
#[test]
fn a_host_that_no_certificate_can_be_for_is_the_callers_fault() {
    let (server, client) = crate::kit::open_server();
    let endpoint = Endpoint::tls("127.1", address(&server).1).unwrap();
    let error = insecurity(connect_to(&endpoint, client, Config::new()));
    assert!(matches!(&error, TlsError::Host { host } if host == "127.1"), "{error:?}");
    assert_eq!(error.blame(), Blame::ThisSide);
}
