//! A read in every state, and what becomes of its message: it goes to the next live read, in order.

use bowline_runtime::{CloseReason, Closed, Misuse, ReadError, Status};
use bowline_tests::World;

use crate::kit::{PATIENCE, expect, poll_once, send, settled, stuck};

/// Mutant: dropping a read leaves its ticket in the queue, which then swallows a message.
pub(crate) fn dropped_before_anything_happened(world: &World) {
    let (client, server) = world.pair();
    let (first, second, third) = (server.read(), server.read(), server.read());
    drop(first);
    drop(second);
    send(&client, "one");
    send(&client, "two");
    assert_eq!(third.wait().unwrap(), "one");
    expect(&server, ["two"]);
}

pub(crate) fn dropped_alone(world: &World) {
    let (client, server) = world.pair();
    drop(server.read());
    send(&client, "one");
    drop(server.read());
    expect(&server, ["one"]);
}

pub(crate) fn dropped_after_a_poll(world: &World) {
    let (client, server) = world.pair();
    let mut polled = server.read();
    assert!(poll_once(&mut polled).is_pending());
    let next = server.read();
    drop(polled);
    send(&client, "one");
    assert_eq!(next.wait().unwrap(), "one");
}

pub(crate) fn cancelled_in_the_queue(world: &World) {
    let (client, server) = world.pair();
    let (first, second) = (server.read(), server.read());
    assert_eq!(first.cancel(), None);
    send(&client, "one");
    assert_eq!(second.wait().unwrap(), "one");
}

/// Mutant: cancelling a read that is ready drops its message with it.
pub(crate) fn dropped_with_its_message(world: &World) {
    let (client, server) = world.pair();
    let (first, second, third) = (server.read(), server.read(), server.read());
    send(&client, "one");
    send(&client, "two");
    assert_eq!(settled(&second), Status::Success);
    drop(first);
    assert_eq!(second.wait().unwrap(), "one");
    assert_eq!(third.wait().unwrap(), "two");
}

pub(crate) fn dropped_with_its_message_alone(world: &World) {
    let (client, server) = world.pair();
    let only = server.read();
    send(&client, "one");
    assert_eq!(settled(&only), Status::Success);
    drop(only);
    send(&client, "two");
    expect(&server, ["one", "two"]);
}

pub(crate) fn cancelled_with_its_message(world: &World) {
    let (client, server) = world.pair();
    let (first, second) = (server.read(), server.read());
    send(&client, "one");
    assert_eq!(settled(&first), Status::Success);
    assert_eq!(first.cancel().unwrap(), "one");
    send(&client, "two");
    assert_eq!(second.wait().unwrap(), "two");
}

pub(crate) fn too_late_to_take_again(world: &World) {
    let (client, server) = world.pair();
    let mut read = server.read();
    send(&client, "one");
    assert_eq!(settled(&read), Status::Success);
    assert_eq!(read.try_take().unwrap().unwrap(), "one");
    assert_eq!(read.try_take(), Some(Err(ReadError::Misuse(Misuse::Taken))));
    assert_eq!(read.cancel(), None);
    send(&client, "two");
    expect(&server, ["two"]);
}

/// A forgotten read keeps its place and its message for ever, and disturbs nobody else.
pub(crate) fn forgotten(world: &World) {
    let (client, server) = world.pair();
    core::mem::forget(server.read());
    send(&client, "lost to the forgotten read");
    send(&client, "two");
    expect(&server, ["two"]);
    let close = client.close(PATIENCE);
    assert_eq!(server.read().wait(), Err(ReadError::Closed(CloseReason::PeerClosed)));
    if !world.is_plain() {
        assert_eq!(close.wait(), Ok(Closed::Clean));
    }
}

/// Mutant: the end of the stream ends reads whose messages had come before it.
pub(crate) fn ended_reads_get_what_came_before(world: &World) {
    let stuck = stuck(world);
    let (first, second) = (stuck.server.read(), stuck.server.read());
    assert_eq!(settled(&first), Status::Success);
    stuck.client.abort();
    assert_eq!(first.wait().unwrap(), "first");
    let reason = second.wait().unwrap_err();
    assert!(matches!(reason, ReadError::Closed(CloseReason::PeerLost { .. })), "{reason}");
    assert_eq!(settled(&stuck.server.read()), Status::Failure);
}
