//! TCP: loopback unless allowed, the real port, no delay.

#[cfg(unix)]
use bowline_net::accept;
use bowline_net::{
    AddressError, BindError, BindOptions, DialError, DialOptions, Endpoint, PeerAddress, adopt, bind,
    candidates,
};
use std::io;

use crate::{accepted, bound, candidate, connect, exchange};

fn any_port() -> Endpoint {
    "tcp://127.0.0.1:0".parse().expect("it is valid")
}

#[test]
fn the_system_chooses_a_port_and_tells() {
    let server = bound(&any_port());
    assert_ne!(server.endpoint(), &any_port());
    let (client, peer) = connect(server.endpoint()).unwrap();
    assert_eq!(peer.to_string(), server.endpoint().to_string());
    let incoming = accepted(&server);
    let own = client.local_addr().unwrap().as_socket().unwrap();
    assert_eq!(incoming.peer.address(), &PeerAddress::Tcp(own));
    assert_eq!((incoming.peer.credentials(), incoming.peer.user()), (None, None));
    assert_eq!(server.verify(&incoming.peer), Ok(()));
    exchange(&client, &incoming.socket);
}

#[test]
fn no_side_delays_small_messages() {
    let server = bound(&any_port());
    let (client, _) = connect(server.endpoint()).unwrap();
    assert!(client.tcp_nodelay().unwrap());
    assert!(accepted(&server).socket.tcp_nodelay().unwrap());
}

#[test]
fn what_an_executor_accepted_becomes_the_same() {
    let server = bound(&any_port());
    let (client, _) = connect(server.endpoint()).unwrap();
    server.socket().set_nonblocking(false).unwrap();
    let (socket, _) = server.socket().accept().unwrap();
    let adopted = adopt(socket).unwrap();
    assert!(adopted.socket.tcp_nodelay().unwrap());
    let own = client.local_addr().unwrap().as_socket().unwrap();
    assert_eq!(adopted.peer.address(), &PeerAddress::Tcp(own));
    exchange(&client, &adopted.socket);
}

#[cfg(unix)]
#[test]
fn sockets_are_private_and_nonblocking() {
    let server = bound(&any_port());
    let (client, _) = connect(server.endpoint()).unwrap();
    for socket in [server.socket(), &client, &accepted(&server).socket] {
        crate::assert_private_and_nonblocking(socket);
    }
}

#[test]
fn a_port_has_one_server() {
    let server = bound(&any_port());
    match bind(server.endpoint(), &BindOptions::new()) {
        Err(BindError::InUse { endpoint }) => assert_eq!(&endpoint, server.endpoint()),
        other => panic!("{other:?}"),
    }
    let endpoint = server.endpoint().clone();
    drop(server);
    assert_eq!(bound(&endpoint).endpoint(), &endpoint);
}

/// Each of the two gets some of the clients, since the system deals them out by their ports.
///
/// Mutant: the option is not passed on.
#[cfg(unix)]
#[test]
fn two_servers_share_a_port() {
    let sharing = BindOptions::new().reuse_port(true);
    let first = bind(&any_port(), &sharing).unwrap();
    let second = bind(first.endpoint(), &sharing).unwrap();
    assert_eq!(first.endpoint(), second.endpoint());
    // A system that gives one server everything does as it says.
    let is_dealt = cfg!(any(target_os = "linux", target_os = "android"));
    for server in [&first, &second] {
        let clients = (0..200).map_while(|_| {
            let client = connect(first.endpoint()).expect("somebody listens");
            accept(server).is_err().then_some(client)
        });
        assert!(clients.count() < 200 || !is_dealt, "nobody comes to one of them");
    }
}

/// Mutants: the port is shared with everybody; one who asks is enough.
#[test]
fn a_port_is_shared_only_if_both_want_it() {
    let (sharing, alone) = (BindOptions::new().reuse_port(true), BindOptions::new());
    for (first, second) in [(&alone, &alone), (&alone, &sharing), (&sharing, &alone)] {
        let Ok(server) = bind(&any_port(), first) else { continue };
        let outcome = bind(server.endpoint(), second);
        let refused = matches!(outcome, Err(BindError::InUse { .. } | BindError::NoSharing));
        assert!(refused, "{outcome:?}");
    }
}

/// Mutant: the option is passed over where it means nothing.
#[test]
fn only_a_port_can_be_shared() {
    let sharing = BindOptions::new().reuse_port(true);
    let local: Endpoint = "local://shared".parse().unwrap();
    assert!(matches!(bind(&local, &sharing), Err(BindError::NotShared { scheme: "local" })));
    let outcome = bind(&any_port(), &sharing);
    assert!(outcome.is_ok() == cfg!(unix), "{outcome:?}");
}

#[cfg(unix)]
#[test]
fn a_restarted_server_need_not_wait_for_old_connections() {
    let server = bound(&any_port());
    let endpoint = server.endpoint().clone();
    let (client, _) = connect(&endpoint).unwrap();
    // The side that closes first keeps the port occupied for a while.
    drop(accepted(&server));
    drop(server);
    drop(client);
    assert_eq!(bound(&endpoint).endpoint(), &endpoint);
}

#[test]
fn other_machines_are_kept_out_unless_invited() {
    for text in ["tcp://0.0.0.0:0", "tcp://[::]:0"] {
        let endpoint: Endpoint = text.parse().unwrap();
        let result = bind(&endpoint, &BindOptions::new());
        assert!(matches!(result, Err(BindError::Address(AddressError::Remote { .. }))), "{result:?}");
    }
    let anywhere: Endpoint = "tcp://0.0.0.0:0".parse().unwrap();
    assert!(bind(&anywhere, &BindOptions::new().allow_remote(true)).is_ok());
}

#[test]
fn other_machines_are_not_called_unless_allowed() {
    let endpoint: Endpoint = "tcp://192.0.2.1:9".parse().unwrap();
    match candidates(&endpoint, &DialOptions::new()) {
        Err(error @ DialError::Address(AddressError::Remote { .. })) => {
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(candidates(&endpoint, &DialOptions::new().allow_remote(true)).unwrap().len(), 1);
}

#[test]
fn nobody_there_is_said_so() {
    let endpoint = bound(&any_port()).endpoint().clone();
    assert_eq!(connect(&endpoint).unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_false_alarm_is_not_a_connection() {
    let candidate = candidate(&any_port()).unwrap();
    let idle = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    assert!(candidate.finish(&idle).unwrap().is_none());
}
