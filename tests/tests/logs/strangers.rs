//! Peers that break the protocol, or say nothing.

use core::time::Duration;
use std::io::Write;
use std::net::{TcpListener, TcpStream};

use bowline_runtime::{Config, Endpoint, EndpointKind, ServerOptions};
use bowline_tests::{Frame, World, watchdog};
use tracing::Level;

use crate::recorder::{all, lived, messages, told};

pub(crate) fn a_violation(world: &World) {
    let server = world.serve();
    let (mut raw, served) = world.raw_join(&server);
    raw.send_frame(&Frame::new(0x3F, b"no such kind"));
    assert!(served.read().wait().is_err());
    let violation = told(&server, "protocol violation");
    assert_eq!((violation.level, violation.field("fault")), (Level::WARN, "peer"));
    assert_eq!(violation.field("violation"), "unknown kind of frame");
    assert_eq!(violation.connection["side"], "server");
    told(&server, "closed");
    let life = [
        "server started",
        "connected",
        "arrived",
        "offered",
        "accepted",
        "opened",
        "protocol violation",
        "closed",
    ];
    lived(&server, life);
}

pub(crate) fn a_handshake_that_never_comes(world: &World) {
    let soon = Config::new().handshake_timeout(Duration::from_millis(50));
    let server = world.serve_with(ServerOptions::new().config(soon));
    let _accept = server.accept();
    let raw = world.raw(&server);
    assert_eq!(told(&server, "handshake too slow").level, Level::WARN);
    told(&server, "closed");
    lived(&server, ["server started", "connected", "handshake too slow", "closed"]);
    drop(raw);
}

/// Somebody who only looks whether the server is there is nothing to be woken for.
pub(crate) fn a_port_scan(world: &World) {
    let server = world.serve();
    let _accept = server.accept();
    drop(world.raw(&server));
    assert_eq!(told(&server, "closed").level, Level::DEBUG);
    assert_eq!(messages(&server, Level::INFO), ["server started"]);
}

/// Mutant: `over` does not ask what the transport has found out.
pub(crate) fn one_without_tls(world: &World) {
    let anywhere = Endpoint::tls("127.0.0.1", 0).unwrap();
    let server = world.adapter.bind(&anywhere, ServerOptions::new()).unwrap();
    let _accept = server.accept();
    let Some(EndpointKind::Tls { port, .. }) = server.endpoint().map(Endpoint::kind) else {
        panic!("it is TLS")
    };
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    // Told at the end, which comes when the peer has hung up.
    drop(stream);
    let insecure = told(&server, "not secure");
    assert_eq!((insecure.level, insecure.target.as_str()), (Level::WARN, "bowline::security"));
    assert_eq!(insecure.field("fault"), "peer");
    assert_eq!(told(&server, "closed").connection["side"], "server");
}

/// Mutant: `dial` keeps to itself why an address was of no use.
pub(crate) fn nobody_at_an_address(world: &World) {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(world.adapter.connect(&Endpoint::from(free), Config::new()).wait().is_err());
    let address = format!("tcp://{free}");
    let failed = watchdog::eventually("a failed address", || {
        all().into_iter().find(|record| record.field("address") == address)
    });
    assert_eq!((failed.level, failed.message.as_str()), (Level::DEBUG, "an address failed"));
    assert!(!failed.field("error").is_empty());
}
