//! A connect in every state.

use bowline_runtime::{AcceptError, CloseReason, ConnectError, ReadError, Refusal, Status};
use bowline_tests::{World, watchdog};

use crate::closing::expect_end;
use crate::kit::{expect, send, settled};

pub(crate) fn cancelled_before_the_answer(world: &World) {
    let server = world.serve();
    let accept = server.accept();
    let connect = world.connect(&server);
    let incoming = accept.wait().unwrap();
    assert!(connect.cancel().is_none());
    watchdog::until("the client's leave", || server.undecided() == 0);
    let error = incoming.accept().unwrap_err();
    assert!(matches!(error, AcceptError::Gone(CloseReason::PeerLost { .. })), "{error}");
    assert_eq!(server.clients(), 0);
}

pub(crate) fn dropped_before_the_answer(world: &World) {
    let server = world.serve();
    let accept = server.accept();
    let connect = world.connect(&server);
    let incoming = accept.wait().unwrap();
    drop(connect);
    watchdog::until("the client's leave", || server.undecided() == 0);
    assert!(incoming.accept().is_err());
}

pub(crate) fn cancelled_too_late(world: &World) {
    let server = world.serve();
    let accept = server.accept();
    let connect = world.connect(&server);
    let served = accept.wait().unwrap().accept().unwrap();
    assert_eq!(settled(&connect), Status::Success);
    let client = connect.cancel().expect("the server had accepted");
    send(&client, "one");
    expect(&served, ["one"]);
}

/// Mutant: a socket that came too late for its owner is leaked, and the server keeps a client that nobody is.
pub(crate) fn dropped_with_its_socket(world: &World) {
    let server = world.serve();
    let accept = server.accept();
    let connect = world.connect(&server);
    let served = accept.wait().unwrap().accept().unwrap();
    assert_eq!(settled(&connect), Status::Success);
    drop(connect);
    assert_eq!(served.read().wait(), Err(ReadError::Closed(CloseReason::PeerClosed)));
    watchdog::until("no client", || server.clients() == 0);
}

pub(crate) fn status_goes_from_pending_to_success(world: &World) {
    let server = world.serve();
    let accept = server.accept();
    let mut connect = world.connect(&server);
    let incoming = accept.wait().unwrap();
    assert_eq!(connect.status(), Status::Pending);
    let _served = incoming.accept().unwrap();
    assert_eq!(settled(&connect), Status::Success);
    let _client = connect.try_take().unwrap().unwrap();
    assert_eq!(connect.status(), Status::Success);
}

pub(crate) fn status_of_a_refused_one_is_failure(world: &World) {
    let server = world.serve();
    let connect = world.connect(&server);
    assert_eq!(settled(&connect), Status::Failure);
    let error = connect.wait().unwrap_err();
    assert!(matches!(error, ConnectError::Refused { refusal: Refusal::NotAccepting, .. }), "{error}");
}

/// The server may have spoken and closed before the connect looks.
///
/// Mutant: a connection that is over by then was never open, and its messages are lost.
pub(crate) fn what_is_said_in_passing_is_read(world: &World) {
    let server = world.serve();
    server.on_connect(|_peer| true, |socket| socket.write("in passing").detach().unwrap());
    for _ in 0..20 {
        let client = world.connect(&server).wait().unwrap();
        expect(&client, ["in passing"]);
        expect_end(&client, CloseReason::PeerClosed);
    }
}
