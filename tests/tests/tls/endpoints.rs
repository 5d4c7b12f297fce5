//! Which endpoints go with which options.

use bowline_net::{AddressError, BindError, DialError, DialOptions, SecurityError, bind, candidates};
use bowline_runtime::{ConnectError, Endpoint};
use bowline_std::{BindOptions, ConnectOptions, bind_with, connect_with};
use bowline_tests::certificates::{Authority, server_for_all};
use bowline_tls::{ClientTls, ServerTls};

fn tls() -> (BindOptions, DialOptions) {
    let authority = Authority::new();
    let server = ServerTls::new(server_for_all(authority.certify("127.0.0.1")));
    (BindOptions::new().tls(server), DialOptions::new().tls(ClientTls::new(authority.client(None))))
}

/// Mutant: without a configuration the stream is plain.
#[test]
fn tls_needs_a_configuration() {
    let error = bind_with("tls+tcp://127.0.0.1:0", &BindOptions::new(), Default::default()).unwrap_err();
    assert!(matches!(error, BindError::Security(SecurityError::Missing)), "{error}");
    let error = connect_with("tls+tcp://127.0.0.1:1", ConnectOptions::new()).wait().unwrap_err();
    let ConnectError::Unreachable(error) = error else { panic!("{error}") };
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    let error = error.into_inner().unwrap().downcast::<DialError>().unwrap();
    assert!(matches!(*error, DialError::Security(SecurityError::Missing)), "{error}");
}

/// Mutant: a slip of the scheme sends in the clear.
#[test]
fn a_configuration_needs_tls() {
    let (server, client) = tls();
    let error = bind_with("tcp://127.0.0.1:0", &server, Default::default()).unwrap_err();
    assert!(matches!(error, BindError::Security(SecurityError::Unused)), "{error}");
    let error = candidates(&Endpoint::tcp("127.0.0.1", 1).unwrap(), &client).unwrap_err();
    assert!(matches!(error, DialError::Security(SecurityError::Unused)), "{error}");
}

/// Mutant: TLS has to be allowed to go to other machines, or TCP has not.
#[test]
fn only_tls_reaches_other_machines_unasked() {
    let (server, client) = tls();
    let bound = bind(&Endpoint::tls("0.0.0.0", 0).unwrap(), &server).unwrap();
    assert!(bound.endpoint().to_string().starts_with("tls+tcp://0.0.0.0:"));
    assert!(!bound.endpoint().to_string().ends_with(":0"), "the system has chosen a port");
    let error = bind(&Endpoint::tcp("0.0.0.0", 0).unwrap(), &BindOptions::new()).unwrap_err();
    assert!(matches!(error, BindError::Address(AddressError::Remote { .. })), "{error}");

    assert_eq!(candidates(&Endpoint::tls("192.0.2.1", 1).unwrap(), &client).unwrap().len(), 1);
    let error = candidates(&Endpoint::tcp("192.0.2.1", 1).unwrap(), &DialOptions::new()).unwrap_err();
    assert!(matches!(error, DialError::Address(AddressError::Remote { .. })), "{error}");
}

/// Mutant: the address takes the place of the name that the certificate is for.
#[test]
fn a_server_keeps_the_name_of_its_certificate() {
    let (server, _) = tls();
    let server = bind_with("tls+tcp://localhost:0", &server, Default::default()).unwrap();
    assert!(server.endpoint().unwrap().to_string().starts_with("tls+tcp://localhost:"));
}
