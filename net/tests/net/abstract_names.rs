//! Linux's abstract names: no file, no permissions, always a check.

use bowline_net::{BindError, BindOptions, Endpoint, PeerAddress, bind};
use std::io;

use crate::{accepted, bound, connect, exchange};

/// A name that no other test or process has.
pub(crate) fn name(of: &str) -> String {
    format!("bowline-test-{}-{of}", std::process::id())
}

#[test]
fn both_ends_know_each_other() {
    let name = name("both");
    let endpoint = Endpoint::abstract_name(&name).unwrap();
    let server = bound(&endpoint);
    assert_eq!(server.endpoint(), &endpoint);
    let (client, peer) = connect(&endpoint).unwrap();
    assert_eq!(peer.address(), &PeerAddress::Abstract(name));
    let incoming = accepted(&server);
    assert_eq!(server.verify(&incoming.peer), Ok(()));
    for socket in [server.socket(), &client, &incoming.socket] {
        crate::assert_private_and_nonblocking(socket);
    }
    exchange(&client, &incoming.socket);
}

#[test]
fn the_longest_name_is_used_whole() {
    let name = name("long");
    let longest = name.clone() + &"x".repeat(107 - name.len());
    let _server = bound(&Endpoint::abstract_name(&longest).unwrap());
    let shorter = Endpoint::abstract_name(&longest[..106]).unwrap();
    assert_eq!(connect(&shorter).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    assert!(connect(&Endpoint::abstract_name(longest).unwrap()).is_ok());
}

#[test]
fn a_name_has_one_server_and_ends_with_it() {
    let endpoint = Endpoint::abstract_name(name("one")).unwrap();
    let server = bound(&endpoint);
    let second = bind(&endpoint, &BindOptions::new());
    assert!(matches!(second, Err(BindError::InUse { .. })));
    drop(server);
    assert_eq!(connect(&endpoint).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    drop(bound(&endpoint));
}
