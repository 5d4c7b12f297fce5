//! Handles that are never dropped.

use core::mem::forget;
use core::time::Duration;

use bowline_runtime::{CloseReason, Config, ConnectError, Refusal, Server, ServerOptions, Socket};
use bowline_tests::watchdog::PATIENCE;
use bowline_tests::{World, watchdog};

use crate::kit::{Place, exchange};

/// One of each kind of handle is forgotten, on both ends. Others go on; the connection still ends with the peer, the server
/// with its shutdown.
///
/// Mutants: a connection's transport is let go of by the last handle only; a server's endpoint likewise.
pub(crate) fn nothing_depends_on_a_drop(place: Place) {
    let world = place.world();
    let server = world.serve();
    let (client, served) = world.join(&server, Config::new());
    forget_all_of(&client, &served);
    forget_all_of(&served, &client);
    forget(server.clone());
    let (other, other_served) = joined(&world, &server);
    exchange(&other, &other_served);

    let ended = client.ended();
    forget(served.close(PATIENCE));
    assert_eq!(ended.wait(), Ok(CloseReason::PeerClosed));
    stop(&world, &server);
    assert_eq!(other.ended().wait(), Ok(CloseReason::PeerClosed));
}

/// A forgotten accept keeps one client, as do a forgotten stream of them and a forgotten `Incoming`. They hear after a while
/// that nobody answers, and the server stops all the same.
///
/// Mutant: a client that is waited for by a forgotten handle has no deadline.
pub(crate) fn nobody_waits_for_a_forgotten_accept(place: Place) {
    let world = place.world();
    let config = Config::new().decision_timeout(Duration::from_millis(300));
    let server = world.serve_with(ServerOptions::new().config(config));
    let (accept, kept, stream) = (server.accept(), server.accept(), server.incoming());
    let unlucky = [world.connect(&server), world.connect(&server), world.connect(&server)];
    forget(accept.wait());
    forget((kept, stream, server.clone()));
    for connect in unlucky {
        let error = connect.wait().unwrap_err();
        assert!(matches!(error, ConnectError::Refused { refusal: Refusal::Unanswered, .. }), "{error}");
    }
    stop(&world, &server);
}

/// The endpoint is free afterwards.
fn stop(world: &World, server: &Server) {
    let endpoint = server.endpoint().unwrap().clone();
    forget(server.close(PATIENCE));
    server.close(PATIENCE).wait().unwrap();
    watchdog::until("the endpoint is free", || world.adapter.bind(&endpoint, ServerOptions::new()).is_ok());
}

/// The forgotten reads keep what they own, which is at most a message each; everything else comes through.
fn forget_all_of(socket: &Socket, peer: &Socket) {
    forget((socket.read(), socket.read_many(1), socket.ended(), socket.messages(), socket.sink()));
    forget((socket.write("one"), socket.write_all(["two", "three"])));
    forget((socket.clone(), socket.clone().split()));
    let mut expected = ["one", "two", "three", "last"].into_iter();
    socket.write("last").wait().unwrap();
    loop {
        let message = peer.read().wait().unwrap();
        assert!(expected.any(|text| message == text), "{message:?} out of order");
        if message == "last" {
            break;
        }
    }
}

/// A forgotten connect is a client like any other: it is let in, and so is the one that counts.
fn joined(world: &World, server: &Server) -> (Socket, Socket) {
    let accepts = [server.accept(), server.accept()];
    forget(world.connect(server));
    let connect = world.connect(server);
    let [first, second] = accepts.map(|accept| accept.wait().unwrap().accept().unwrap());
    let client = connect.wait().unwrap();
    client.write("it is me").wait().unwrap();
    let mut reads = [first.read(), second.read()];
    let is_second =
        watchdog::eventually("a message", || reads.iter_mut().position(|read| read.try_take().is_some()));
    let [mine, forgotten] = if is_second == 1 { [second, first] } else { [first, second] };
    forgotten.abort();
    (client, mine)
}
