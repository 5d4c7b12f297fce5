//! An accept in every state, and what becomes of its client: it goes to the next live accept, in order.

use core::mem::ManuallyDrop;

use bowline_runtime::{AcceptError, Connect, ConnectError, Incoming, Misuse, Refusal, ServerOptions, Status};
use bowline_tests::{World, watchdog};

use crate::kit::{SOON, poll_once, settled};

/// Mutant: dropping an accept leaves its ticket in the queue, which then swallows a client.
pub(crate) fn dropped_before_anything_happened(world: &World) {
    let server = world.serve();
    let (mut first, second) = (server.accept(), server.accept());
    assert!(poll_once(&mut first).is_pending());
    drop(first);
    let client = world.connect(&server);
    admit(second.wait().unwrap(), client);
}

pub(crate) fn cancelled_before_anything_happened(world: &World) {
    let server = world.serve();
    let (first, second) = (server.accept(), server.accept());
    assert!(first.cancel().is_none());
    let client = world.connect(&server);
    admit(second.wait().unwrap(), client);
}

/// Mutant: dropping a ready accept refuses its client.
pub(crate) fn dropped_with_its_client(world: &World) {
    let server = world.serve();
    let (first, second) = (server.accept(), server.accept());
    let early = world.connect(&server);
    assert_eq!(settled(&first), Status::Success);
    let late = world.connect(&server);
    assert_eq!(settled(&second), Status::Success);
    drop(first);
    admit(second.wait().unwrap(), early);
    admit(server.accept().wait().unwrap(), late);
}

pub(crate) fn dropped_with_its_client_alone(world: &World) {
    let server = world.serve();
    let only = server.accept();
    let client = world.connect(&server);
    assert_eq!(settled(&only), Status::Success);
    drop(only);
    assert_eq!(client.status(), Status::Pending);
    admit(server.accept().wait().unwrap(), client);
}

pub(crate) fn cancelled_with_its_client(world: &World) {
    let server = world.serve();
    let accept = server.accept();
    let client = world.connect(&server);
    assert_eq!(settled(&accept), Status::Success);
    admit(accept.cancel().unwrap(), client);
}

pub(crate) fn too_late_to_take_again(world: &World) {
    let server = world.serve();
    let mut accept = server.accept();
    let client = world.connect(&server);
    let incoming = watchdog::eventually("a client", || accept.try_take()).unwrap();
    assert!(matches!(accept.try_take(), Some(Err(AcceptError::Misuse(Misuse::Taken)))));
    drop(accept);
    admit(incoming, client);
}

/// A forgotten accept keeps its client, who is told that nobody answered; the next one gets the next.
pub(crate) fn forgotten(world: &World) {
    let config = world.config().decision_timeout(SOON);
    let server = world.serve_with(ServerOptions::new().config(config));
    let forgotten = ManuallyDrop::new(server.accept());
    let unlucky = world.connect(&server);
    assert_eq!(settled(&forgotten), Status::Success);
    let accept = server.accept();
    let lucky = world.connect(&server);
    admit(accept.wait().unwrap(), lucky);
    let error = unlucky.wait().unwrap_err();
    assert!(matches!(error, ConnectError::Refused { refusal: Refusal::Unanswered, .. }), "{error}");
}

/// Who leaves before he was taken was never there: the next client takes his place.
///
/// Mutant: a client that has left keeps its place, so that an accept yields nobody.
pub(crate) fn a_client_that_left_is_no_result(world: &World) {
    let server = world.serve();
    let accept = server.accept();
    let fickle = world.connect(&server);
    assert_eq!(settled(&accept), Status::Success);
    drop(fickle);
    watchdog::until("the client's leave", || server.undecided() == 0);
    let steady = world.connect(&server);
    admit(accept.wait().unwrap(), steady);
}

pub(crate) fn status_is_never_revised(world: &World) {
    let server = world.serve();
    let (mut accept, stopped) = (server.accept(), server.accept());
    assert_eq!(accept.status(), Status::Pending);
    let client = world.connect(&server);
    assert_eq!(settled(&accept), Status::Success);
    let incoming = accept.try_take().unwrap().unwrap();
    assert_eq!(accept.status(), Status::Success);
    admit(incoming, client);
    drop(server);
    assert_eq!(settled(&stopped), Status::Failure);
    assert!(matches!(stopped.wait(), Err(AcceptError::Stopped)));
}

/// Lets a client in and shows that it is the right one.
#[track_caller]
fn admit(incoming: Incoming, client: Connect) {
    let served = incoming.accept().expect("the client is there");
    let client = client.wait().expect("this client was accepted");
    crate::kit::send(&client, "it is me");
    crate::kit::expect(&served, ["it is me"]);
}
