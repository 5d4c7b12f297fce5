//! Who is let in, who is not, and what those who are not hear.

use std::sync::mpsc;

use bowline_runtime::{Admission, CloseReason, Connect, ConnectError, Refusal, Server, ServerOptions, Text};
use bowline_tests::{Transport, World, kind, watchdog};

use crate::kit::{PATIENCE, SOON, expect, send};

/// Mutant: a server lets clients wait before its program has shown interest.
pub(crate) fn nobody_interested(world: &World) {
    let server = world.serve();
    expect_refused(world.connect(&server), Refusal::NotAccepting);
    // An accept shows interest; a dropped one has shown it.
    drop(server.accept());
    let client = world.connect(&server);
    let _served = server.accept().wait().unwrap().accept().unwrap();
    client.wait().unwrap();
}

pub(crate) fn full(world: &World) {
    let server = limited(world, Admission::new().max_clients(2));
    let (first, served) = world.join(&server, world.config());
    let second = world.join(&server, world.config());
    expect_refused(world.connect(&server), Refusal::Full);
    drop((first, served));
    watchdog::until("room", || server.clients() == 1);
    let third = world.join(&server, world.config());
    drop((second, third));
}

/// Users are known on local sockets; elsewhere they can't be counted.
pub(crate) fn one_user_has_too_many(world: &World) {
    let server = limited(world, Admission::new().max_per_user(1));
    let _first = world.join(&server, world.config());
    if matches!(world.transport, Transport::Unix | Transport::Abstract) {
        expect_refused(world.connect(&server), Refusal::UserLimit);
    } else {
        let _second = world.join(&server, world.config());
    }
}

pub(crate) fn too_many_wait(world: &World) {
    let server = limited(world, Admission::new().backlog(1));
    let accept = server.accept();
    let first = world.connect(&server);
    watchdog::until("a client", || server.undecided() == 1);
    expect_refused(world.connect(&server), Refusal::Backlog);
    let _served = accept.wait().unwrap().accept().unwrap();
    first.wait().unwrap();
}

/// Mutant: the decision timeout is not armed.
pub(crate) fn unanswered(world: &World) {
    let config = world.config().decision_timeout(SOON);
    let server = world.serve_with(ServerOptions::new().config(config));
    let accept = server.accept();
    let client = world.connect(&server);
    let incoming = accept.wait().unwrap();
    expect_refused(client, Refusal::Unanswered);
    watchdog::until("the client's end", || server.undecided() == 0);
    assert!(incoming.accept().is_err());
}

/// Mutant: dropping an `Incoming` leaves its client waiting.
pub(crate) fn declined_by_dropping(world: &World) {
    let server = world.serve();
    let accept = server.accept();
    let client = world.connect(&server);
    drop(accept.wait().unwrap());
    expect_refused(client, Refusal::Declined);
}

pub(crate) fn refused_with_words(world: &World) {
    let server = world.serve();
    let accept = server.accept();
    let client = world.connect(&server);
    accept.wait().unwrap().refuse(Refusal::Application(0x1234), "come back at nine");
    let ConnectError::Refused { refusal, reason } = client.wait().unwrap_err() else { panic!("not refused") };
    assert_eq!((refusal, reason), (Refusal::Application(0x1234), Text::new("come back at nine")));
    watchdog::until("the client's end", || server.undecided() == 0);
}

/// The answer stays on the wire for whoever says nothing, or says hello late.
pub(crate) fn refused_before_hello(world: &World) {
    let server = world.serve();
    let mut raw = world.raw(&server);
    assert_eq!(raw.expect_frame(kind::REFUSE).refusal(), Some(Refusal::NotAccepting.code()));
    raw.say_hello();
    assert_eq!(raw.frame(), None);
}

pub(crate) fn decided_by_callback(world: &World) {
    let server = world.serve();
    let (let_in, sockets) = mpsc::channel();
    let asked = core::sync::atomic::AtomicUsize::new(0);
    server.on_connect(
        move |_peer| asked.fetch_add(1, core::sync::atomic::Ordering::Relaxed) != 1,
        move |socket| let_in.send(socket).unwrap(),
    );
    let client = world.connect(&server).wait().unwrap();
    let served = watchdog::next("a client", &sockets);
    send(&client, "let in");
    expect(&served, ["let in"]);
    expect_refused(world.connect(&server), Refusal::Declined);
    world.connect(&server).wait().unwrap();
    watchdog::next("another client", &sockets);
}

/// A panic in a callback costs its client, not the server.
pub(crate) fn a_callback_that_panics(world: &World) {
    let server = world.serve();
    server.on_connect(|_peer| panic!("part of the test"), |_socket| {});
    expect_refused(world.connect(&server), Refusal::Declined);
    server.on_connect(|_peer| true, drop);
    world.connect(&server).wait().unwrap();
}

/// Callbacks may use the server that calls them.
///
/// Mutant: a callback runs with the server's lock held.
pub(crate) fn callbacks_may_use_the_server(world: &World) {
    let server = world.serve();
    let (decides, connects, hears) = (server.clone(), server.clone(), server.clone());
    let (heard, reasons) = mpsc::channel();
    server.on_disconnect(move |_peer, reason| heard.send((hears.clients(), reason)).unwrap());
    server.on_connect(
        move |_peer| decides.undecided() == 1,
        move |socket| {
            assert_eq!(connects.clients(), 1);
            drop(connects.accept());
            drop(socket.close(PATIENCE));
        },
    );
    let client = world.connect(&server).wait().unwrap();
    assert_eq!(client.ended().wait(), Ok(CloseReason::PeerClosed));
    assert_eq!(watchdog::next("the disconnect", &reasons), (0, CloseReason::Closed));
    // The callbacks hold the server and the server the callbacks: only a close ends that.
    drop(server.close(PATIENCE));
}

/// Mutant: `on_disconnect` is called for clients that were never let in, or not at all.
pub(crate) fn every_disconnect_is_told(world: &World) {
    let server = world.serve();
    let (heard, reasons) = mpsc::channel();
    server.on_disconnect(move |_peer, reason| heard.send(reason).unwrap());
    let accept = server.accept();
    let declined = world.connect(&server);
    drop(accept.wait().unwrap());
    expect_refused(declined, Refusal::Declined);
    watchdog::until("the end of the declined one", || server.undecided() == 0);

    let (client, served) = world.join(&server, world.config());
    assert_eq!((server.clients(), server.undecided()), (1, 0));
    drop(client);
    assert_eq!(watchdog::next("a disconnect", &reasons), CloseReason::PeerClosed);
    assert_eq!(server.clients(), 0);
    let (client, lost) = world.join(&server, world.config());
    client.abort();
    let reason = watchdog::next("another disconnect", &reasons);
    assert!(matches!(reason, CloseReason::PeerLost { .. }), "{reason}");
    drop((served, lost));
    assert!(reasons.try_recv().is_err());
}

pub(crate) fn counts(world: &World) {
    let server = world.serve();
    let accepts = [server.accept(), server.accept(), server.accept()];
    let mut clients: Vec<_> = (0..3).map(|_| world.connect(&server)).collect();
    watchdog::until("three clients", || server.undecided() == 3);
    let [first, second, third] = accepts.map(|accept| accept.wait().unwrap());
    assert_eq!((server.clients(), server.undecided()), (0, 3));
    let served = first.accept().unwrap();
    assert_eq!((server.clients(), server.undecided()), (1, 2));
    drop(second);
    watchdog::until("one declined", || server.undecided() == 1);
    let other = third.accept().unwrap();
    assert_eq!((server.clients(), server.undecided()), (2, 0));
    served.abort();
    watchdog::until("one lost", || server.clients() == 1);
    drop(other);
    clients.clear();
    watchdog::until("nobody", || server.clients() == 0);
}

/// The plain profile has no words: who is not let in sees the end of the stream.
pub(crate) fn plain_clients_just_see_the_end(world: &World) {
    let server = world.serve();
    match world.connect(&server).wait() {
        Ok(client) => drop(client.read().wait().unwrap_err()),
        Err(error) => assert!(matches!(error, ConnectError::Closed(_)), "{error}"),
    }
}

fn limited(world: &World, admission: Admission) -> Server {
    world.serve_with(ServerOptions::new().admission(admission))
}

#[track_caller]
pub(crate) fn expect_refused(connect: Connect, expected: Refusal) {
    match connect.wait() {
        Err(ConnectError::Refused { refusal, .. }) => assert_eq!(refusal, expected),
        other => panic!("{other:?} instead of {expected:?}"),
    }
}
