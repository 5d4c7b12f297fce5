//! Messages without a task.

use core::time::Duration;
use std::thread;

use bowline_runtime::{Bytes, Closed, ServerOptions, Socket, Write, WriteError};
use bowline_tests::World;

use crate::kit::{LONG, PATIENCE, SOON, detach, expect, receive, stuck};

/// Mutant: a posted message joins one that is not the last.
pub(crate) fn posted_messages_keep_their_place(world: &World) {
    let (client, server) = world.pair();
    let reader =
        thread::spawn(move || (0..3000).for_each(|number| assert_eq!(receive(&server), message(number))));
    let mut several = Vec::new();
    for number in 0..3000 {
        match number % 10 {
            0 => detach_soon(client.write(message(number))),
            5 => several.push(client.write_all([message(number)])),
            _ => post(&client, number),
        }
    }
    reader.join().unwrap();
    assert!(several.into_iter().all(|all| all.wait().is_ok()));
}

pub(crate) fn a_full_queue_hands_the_payload_back(world: &World) {
    let stuck = stuck(world);
    let error = stuck.client.post("no room").unwrap_err();
    assert!(matches!(&error, WriteError::Full { payload } if payload == "no room"), "{error}");
    detach(stuck.long);
    expect(&stuck.server, ["first"]);
    assert_eq!(receive(&stuck.server).len(), LONG);
    // The room comes back with the last byte's confirmation.
    post_text(&stuck.client, "after");
    expect(&stuck.server, ["after"]);
}

/// Mutant: what joined another takes no room.
pub(crate) fn as_many_as_there_is_room_for(world: &World) {
    let narrow = world.serve_with(ServerOptions::new().config(world.config().queue_bytes(1)));
    let (client, server) = world.join(&narrow, world.config().queue_messages(10).queue_bytes(64 << 20));
    client.write("first").wait().unwrap();
    let mut long = client.write(vec![7; LONG]);
    assert!(long.wait_for(Duration::ZERO).is_none(), "the buffers took everything");
    let posted = (0..100).take_while(|number| client.post(message(*number)).is_ok()).count();
    assert_eq!(posted, 9, "messages beside the long one, where ten have room");
    expect(&server, ["first"]);
    assert_eq!(receive(&server).len(), LONG);
    (0..posted).for_each(|number| assert_eq!(receive(&server), message(number)));
    long.wait().unwrap();
}

pub(crate) fn what_cannot_be_posted_comes_back(world: &World) {
    let (client, server) = world.pair_with(world.config(), world.config().message_limit(10_000));
    let error = client.post(vec![1; 10_001]);
    // The plain profile does not tell the peer's limit: this side's counts.
    if !world.is_plain() {
        assert!(
            matches!(&error, Err(WriteError::TooLong { payload, limit: 10_000 }) if payload.len() == 10_001)
        );
    }
    client.abort();
    let error = client.post("late").unwrap_err();
    assert!(matches!(&error, WriteError::NotSent { payload, .. } if payload == "late"), "{error}");
    drop(server);
}

/// Mutant: a close says goodbye before what was posted.
pub(crate) fn an_orderly_close_loses_no_post(world: &World) {
    let (client, server) = world.pair();
    let reader = thread::spawn(move || {
        (0..1000).for_each(|number| assert_eq!(receive(&server), message(number)));
        server.read().wait().unwrap_err();
    });
    (0..1000).for_each(|number| post(&client, number));
    let closed = client.close(PATIENCE).wait();
    reader.join().unwrap();
    assert_eq!(closed, Ok(if world.is_plain() { Closed::Flushed } else { Closed::Clean }));
}

/// Mutant: messages that joined another count as one.
pub(crate) fn posts_without_confirmation_are_counted(world: &World) {
    let (raw, server) = world.raw_pair(world.config());
    (0..100).for_each(|number| server.post(message(number)).unwrap());
    assert_eq!(server.close(SOON).wait(), Ok(Closed::Unconfirmed { from: 1, to: 100 }));
    drop(raw);
}

fn message(number: usize) -> Bytes {
    let mut bytes = number.to_string().into_bytes();
    bytes.resize(4 + number * 13 % 900, b'.');
    bytes.into()
}

/// Posts a message as soon as there is room.
fn post(socket: &Socket, number: usize) {
    post_text(socket, message(number));
}

fn post_text(socket: &Socket, message: impl Into<Bytes>) {
    match socket.post(message) {
        Err(WriteError::Full { payload }) => drop(socket.write(payload).wait().unwrap()),
        posted => posted.unwrap(),
    }
}

/// Lets a write go once it has room.
fn detach_soon(write: Write) {
    if let Err(write) = write.detach() {
        write.wait().unwrap();
    }
}
