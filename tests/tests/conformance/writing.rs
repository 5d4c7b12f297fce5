//! A write in every state: never sent, stopped on its way, or sent whole; never a part of it.

use bowline_runtime::{Cancelled, CloseReason, Status, WriteError};
use bowline_tests::World;

use crate::kit::{LONG, PATIENCE, detach, expect, post, receive, send, settled, stuck};

/// Mutant: `cancel` reports Recalled but leaves the message in the queue.
pub(crate) fn cancelled_before_anything_happened(world: &World) {
    let stuck = stuck(world);
    let unwanted = stuck.client.write("unwanted");
    let wanted = stuck.client.write("wanted");
    assert_eq!(unwanted.status(), Status::Pending);
    assert_eq!(unwanted.cancel(), Cancelled::Recalled("unwanted".into()));
    detach(stuck.long);
    expect(&stuck.server, ["first"]);
    assert_eq!(receive(&stuck.server).len(), LONG);
    expect(&stuck.server, ["wanted"]);
    assert_eq!(wanted.wait(), Ok(3));
}

pub(crate) fn dropped_before_anything_happened(world: &World) {
    let stuck = stuck(world);
    let unwanted = stuck.client.write("unwanted");
    let wanted = stuck.client.write("wanted");
    drop(unwanted);
    detach(stuck.long);
    expect(&stuck.server, ["first"]);
    assert_eq!(receive(&stuck.server).len(), LONG);
    expect(&stuck.server, ["wanted"]);
    assert_eq!(wanted.wait(), Ok(3));
}

/// Mutant: an abort is reported but the remaining chunks are sent all the same; or the abort frame is left out.
pub(crate) fn cancelled_while_bytes_are_leaving(world: &World) {
    let stuck = stuck(world);
    let next = stuck.client.write("next");
    assert_eq!(stuck.long.cancel(), Cancelled::Aborted);
    expect(&stuck.server, ["first", "next"]);
    assert_eq!(next.wait(), Ok(2));
    send(&stuck.server, "still alive");
    expect(&stuck.client, ["still alive"]);
}

pub(crate) fn dropped_while_bytes_are_leaving(world: &World) {
    let stuck = stuck(world);
    drop(stuck.long);
    let next = stuck.client.write("next");
    expect(&stuck.server, ["first", "next"]);
    assert_eq!(next.wait(), Ok(2));
    assert!(stuck.client.is_open());
}

/// Once the last byte was handed over there is nothing to abort: the number is taken and the peer has the message.
pub(crate) fn too_late_for_the_last_byte(world: &World) {
    let (client, server) = world.pair();
    let long = client.write(vec![1; 200_000]);
    assert_eq!(receive(&server).len(), 200_000);
    assert_eq!(settled(&long), Status::Success);
    assert_eq!(long.cancel(), Cancelled::TooLate);
    send(&client, "next");
    expect(&server, ["next"]);
}

pub(crate) fn plain_messages_that_have_begun_are_sent_whole(world: &World) {
    let stuck = stuck(world);
    assert_eq!(stuck.long.cancel(), Cancelled::TooLate);
    let next = stuck.client.write("next");
    expect(&stuck.server, ["first"]);
    assert_eq!(receive(&stuck.server).len(), LONG);
    expect(&stuck.server, ["next"]);
    assert_eq!(next.wait(), Ok(3));
}

pub(crate) fn cancelled_after_it_was_sent(world: &World) {
    let (client, server) = world.pair();
    let write = client.write("sent");
    assert_eq!(settled(&write), Status::Success);
    assert_eq!(write.cancel(), Cancelled::TooLate);
    expect(&server, ["sent"]);
}

pub(crate) fn dropped_after_it_was_sent(world: &World) {
    let (client, server) = world.pair();
    let write = client.write("sent");
    assert_eq!(settled(&write), Status::Success);
    drop(write);
    send(&client, "next");
    expect(&server, ["sent", "next"]);
}

pub(crate) fn detached(world: &World) {
    let (client, server) = world.pair();
    for message in ["one", "two", "three"] {
        post(&client, message);
    }
    expect(&server, ["one", "two", "three"]);
}

/// Mutant: `detach` takes a message for which there is no room, so that the queue grows without bound.
pub(crate) fn detached_without_room(world: &World) {
    let stuck = stuck(world);
    let no_room = stuck.client.write("no room beside the long one").detach().err().unwrap();
    assert!(matches!(no_room.cancel(), Cancelled::Recalled(_)));
    let handed_back = stuck.client.write("second").detach().err().unwrap();
    assert_eq!(handed_back.status(), Status::Pending);
    detach(stuck.long);
    expect(&stuck.server, ["first"]);
    assert_eq!(receive(&stuck.server).len(), LONG);
    expect(&stuck.server, ["second"]);
    assert_eq!(handed_back.wait(), Ok(3));
}

/// A forgotten write is a detached one.
pub(crate) fn forgotten(world: &World) {
    let (client, server) = world.pair();
    core::mem::forget(client.write("one"));
    send(&client, "two");
    expect(&server, ["one", "two"]);
    drop(server);
    assert!(client.read().wait().is_err());
}

/// Bytes of the first have left, of the second not: only the second is safe to try again.
///
/// Mutant: every write that fails with the connection is reported as NotSent.
pub(crate) fn broken_on_the_way(world: &World) {
    let stuck = stuck(world);
    let mut next = stuck.client.write("next");
    stuck.server.abort();
    assert_eq!(settled(&stuck.long), Status::Unknown);
    let error = stuck.long.wait().unwrap_err();
    assert!(matches!(error, WriteError::Unknown { .. }), "{error}");
    assert_eq!(settled(&next), Status::Failure);
    let error = next.wait_for(PATIENCE).unwrap().unwrap_err();
    assert!(matches!(error, WriteError::NotSent { .. }), "{error}");
    assert_eq!(error.into_payload().unwrap(), "next");
}

pub(crate) fn written_after_the_end(world: &World) {
    let (client, _server) = world.pair();
    client.abort();
    let write = client.write("late");
    assert_eq!(write.status(), Status::Failure);
    let error = write.wait().unwrap_err();
    assert!(matches!(&error, WriteError::NotSent { reason: CloseReason::Aborted, .. }), "{error}");
    assert_eq!(error.into_payload().unwrap(), "late");
    let write = client.write("late");
    assert_eq!(write.cancel(), Cancelled::Recalled("late".into()));
    let error = client.try_write("late").err().unwrap();
    assert_eq!(error.into_payload().unwrap(), "late");
}
