//! A server that stops: nobody new, whoever waits is told, whoever is connected is closed in order.

use bowline_runtime::{
    AcceptError, CloseReason, ConnectError, Refusal, ServerOptions, ShutdownReport, Status,
};
use bowline_tests::{World, is_wine, watchdog};

use crate::admission::expect_refused;
use crate::closing::expect_end;
use crate::kit::{PATIENCE, SOON, expect, post, send, settled};

/// Mutant: open sockets are dropped instead of closed; or a refused client is counted as one that was connected.
pub(crate) fn stops_in_order(world: &World) {
    let server = world.serve();
    let (client, served) = world.join(&server, world.config());
    let (other, other_served) = world.join(&server, world.config());
    post(&served, "queued before the stop");
    let (taken, waiting) = (server.accept(), world.connect(&server));
    let incoming = taken.wait().unwrap();
    let (unclaimed, free) = (world.connect(&server), server.accept());
    assert_eq!(settled(&free), Status::Success);
    drop(free);
    let accept = server.accept();
    let stopped = server.accept();
    drop(accept);

    let shutdown = server.close(PATIENCE);
    let report = shutdown.wait().unwrap();
    assert_eq!((report.clean, report.flushed, report.unconfirmed), (2, 0, 0), "{report:?}");
    expect_refused(unclaimed, Refusal::ShuttingDown);
    assert!(matches!(stopped.wait(), Err(AcceptError::Stopped)));
    assert!(matches!(server.accept().wait(), Err(AcceptError::Stopped)));
    expect(&client, ["queued before the stop"]);
    expect_end(&client, CloseReason::PeerClosed);
    expect_end(&other, CloseReason::PeerClosed);
    expect_end(&other_served, CloseReason::Closed);
    assert!(incoming.accept().is_err());
    assert!(waiting.wait().is_err());
    assert_eq!((server.clients(), server.undecided()), (0, 0));
}

/// Mutant: the report is given before the endpoint is free.
pub(crate) fn frees_the_endpoint(world: &World) {
    let server = world.serve();
    let endpoint = server.endpoint().unwrap().clone();
    let _client = world.join(&server, world.config());
    // Wine 8 takes no notice of the flag that a pipe's first instance is made with.
    if !is_wine() {
        assert!(world.adapter.bind(&endpoint, ServerOptions::new()).is_err());
    }
    server.close(PATIENCE).wait().unwrap();
    world.adapter.bind(&endpoint, ServerOptions::new()).expect("the endpoint is free");
}

pub(crate) fn reports_what_is_unconfirmed(world: &World) {
    let server = world.serve();
    let _clean = world.join(&server, world.config());
    let accept = server.accept();
    let mut raw = world.raw(&server);
    raw.say_hello();
    let served = accept.wait().unwrap().accept().unwrap();
    send(&served, "never confirmed");
    let report = server.close(SOON).wait().unwrap();
    assert_eq!((report.clean, report.flushed, report.unconfirmed), (1, 0, 1), "{report:?}");
}

pub(crate) fn nobody_was_there(world: &World) {
    let server = world.serve();
    let shutdown = server.close(PATIENCE);
    assert_eq!(settled(&shutdown), Status::Success);
    assert_eq!(shutdown.wait(), Ok(ShutdownReport::default()));
    assert_eq!(server.close(PATIENCE).wait(), Ok(ShutdownReport::default()));
}

pub(crate) fn goes_on_when_its_task_is_dropped(world: &World) {
    let server = world.serve();
    let (client, _served) = world.join(&server, world.config());
    drop(server.close(PATIENCE));
    expect_end(&client, CloseReason::PeerClosed);
    watchdog::until("nobody", || server.clients() == 0);
}

/// Mutant: dropping the last handle of a server closes its sockets, or leaves those who wait without an answer.
pub(crate) fn dropped(world: &World) {
    let server = world.serve();
    let endpoint = server.endpoint().unwrap().clone();
    let (client, served) = world.join(&server, world.config());
    let taken = server.accept();
    let waiting = world.connect(&server);
    assert_eq!(settled(&taken), Status::Success);
    drop(taken);
    drop(server.clone());
    assert_eq!(waiting.status(), Status::Pending);
    drop(server);
    expect_refused(waiting, Refusal::ShuttingDown);
    send(&client, "still connected");
    expect(&served, ["still connected"]);
    watchdog::until("the endpoint is free", || world.adapter.bind(&endpoint, ServerOptions::new()).is_ok());
}

/// An accept is a handle of the server: who waits for a client has not dropped it.
pub(crate) fn an_incoming_outlives_its_server(world: &World) {
    let server = world.serve();
    let accept = server.accept();
    let client = world.connect(&server);
    let incoming = accept.wait().unwrap();
    drop(server);
    match incoming.accept() {
        Ok(served) => {
            let client = client.wait().unwrap();
            send(&client, "let in all the same");
            expect(&served, ["let in all the same"]);
        }
        Err(error) => {
            assert!(matches!(error, AcceptError::Gone(_)), "{error}");
            expect_refused(client, Refusal::ShuttingDown);
        }
    }
}

/// Who comes too late hears so, or finds nobody.
pub(crate) fn too_late_to_connect(world: &World) {
    let server = world.serve();
    drop(server.accept());
    server.close(PATIENCE).wait().unwrap();
    match world.connect(&server).wait() {
        Err(ConnectError::Refused { refusal, .. }) => assert_eq!(refusal, Refusal::ShuttingDown),
        Err(ConnectError::Unreachable(_)) => {}
        other => panic!("{other:?}"),
    }
}
