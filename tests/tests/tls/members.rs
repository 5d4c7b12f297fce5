//! A server finds out who a client is before the program is asked about it.

use std::sync::mpsc;

use bowline_runtime::{Config, ConnectError, Profile, Refusal, Server, ServerOptions};
use bowline_tests::certificates::{Authority, Certified};
use bowline_tests::watchdog;
use bowline_tls::{Blame, TlsError};
use rustls::{AlertDescription, ClientConfig, SupportedProtocolVersion, version};

use crate::kit::{connect, connect_to, insecurity, join, leaf, next, serve, serve_with};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS12, &version::TLS13];

/// A server that only lets those in whom an authority has signed, and that authority.
fn club() -> (Server, Authority) {
    let authority = Authority::new();
    let server = serve(authority.server_for_members(authority.certify("127.0.0.1")));
    (server, authority)
}

/// The client hears that it is its own fault, and the program never hears of the client.
#[track_caller]
fn expect_rejected(server: &Server, client: ClientConfig) -> AlertDescription {
    let before = server.stats().insecure;
    let accept = server.accept();
    let error = insecurity(connect(server, client));
    assert_eq!(error.blame(), Blame::ThisSide);
    watchdog::until("the end of the client", || server.stats().insecure == before + 1);
    assert!(accept.cancel().is_none(), "a client was offered");
    match error {
        TlsError::Rejected(alert) => alert,
        other => panic!("{other:?}"),
    }
}

/// Mutant: why the server has hung up is not kept for the connect.
#[test]
fn whoever_shows_no_certificate_is_told_so() {
    let (server, authority) = club();
    let alert = expect_rejected(&server, authority.client_of(&[&version::TLS13], None));
    assert_eq!(alert, AlertDescription::CertificateRequired);
}

#[test]
fn a_certificate_of_somebody_else_is_none() {
    let (server, authority) = club();
    for version in VERSIONS {
        let strange = Authority::new().certify("client.example");
        expect_rejected(&server, authority.client_of(&[version], Some(strange)));
        let expired = authority.certify_until("client.example", 2001);
        let alert = expect_rejected(&server, authority.client_of(&[version], Some(expired)));
        assert_eq!(alert, AlertDescription::CertificateExpired);
    }
}

/// Mutant: the certificate is not entered.
#[test]
fn the_program_decides_by_the_certificate() {
    let (server, authority) = club();
    let [friend, stranger] = ["friend.example", "stranger.example"].map(|name| authority.certify(name));
    let known = friend.certificate.clone();
    server.on_connect(move |peer| leaf(peer.identity()) == Some(known.clone()), drop);
    next(connect(&server, authority.client(Some(friend))));
    let refused = connect(&server, authority.client(Some(stranger))).wait().unwrap_err();
    assert!(matches!(refused, ConnectError::Refused { refusal: Refusal::Declined, .. }), "{refused:?}");
}

/// Without a hello, too, the certificate comes before the decision, and a connect knows its server when it succeeds.
///
/// Mutant: `TlsTransport::knows_peer` is always so.
#[test]
fn on_the_plain_profile_it_decides_by_the_certificate_as_well() {
    let plain = Config::new().profile(Profile::Plain);
    let authority = Authority::new();
    let tls = authority.server_for_members(authority.certify("127.0.0.1"));
    let server = serve_with(tls, ServerOptions::new().config(plain));
    let friend = authority.certify("friend.example");
    let known = friend.certificate.clone();
    let endpoint = server.endpoint().unwrap();
    let (accept, connect) = (server.accept(), connect_to(endpoint, authority.client(Some(friend)), plain));
    let incoming = next(accept);
    assert_eq!(leaf(incoming.peer().identity()), Some(known));
    let (served, client) = (incoming.accept().unwrap(), next(connect));
    assert!(client.peer().identity().is_some());
    next(client.write("ahoy"));
    assert_eq!(next(served.read()), "ahoy");
    let distrustful = connect_to(endpoint, Authority::new().client(None), plain);
    assert_eq!(insecurity(distrustful).blame(), Blame::Peer);
}

#[test]
fn an_incoming_client_shows_its_certificate() {
    let (server, authority) = club();
    for version in VERSIONS {
        let shown = authority.certify("client.example");
        let certificate = shown.certificate.clone();
        let (accept, connect) =
            (server.accept(), connect(&server, authority.client_of(&[version], Some(shown))));
        let incoming = next(accept);
        assert_eq!(leaf(incoming.peer().identity()), Some(certificate));
        drop(incoming);
        connect.wait().unwrap_err();
    }
}

/// Mutant: only a whole handshake yields an identity.
#[test]
fn who_comes_again_is_known_again() {
    let (server, authority) = club();
    for version in VERSIONS {
        let shown: Certified = authority.certify("client.example");
        let certificate = shown.certificate.clone();
        let client = std::sync::Arc::new(authority.client_of(&[version], Some(shown)));
        for _ in 0..3 {
            let (client, served) = join(&server, client.clone());
            assert_eq!(leaf(served.peer().identity()).as_ref(), Some(&certificate));
            // With a message the client has the ticket for the next time, too.
            next(served.write("ahoy"));
            assert_eq!(next(client.read()), "ahoy");
        }
    }
}

#[test]
fn a_callback_of_the_end_knows_who_it_was() {
    let (server, authority) = club();
    let (heard, reports) = mpsc::channel();
    server.on_disconnect(move |peer, _reason| heard.send(leaf(peer.identity())).unwrap());
    let shown = authority.certify("client.example");
    let certificate = shown.certificate.clone();
    drop(join(&server, authority.client(Some(shown))));
    assert_eq!(watchdog::next("the disconnect", &reports), Some(certificate));
}
