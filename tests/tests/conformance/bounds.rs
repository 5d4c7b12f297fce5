//! Backpressure and limits: a reader that does not read stops the writer, and nothing is lost over it.

use core::time::Duration;

use bowline_runtime::{Config, Socket, Status, Write, WriteError};
use bowline_tests::World;

use crate::kit::{PATIENCE, expect, post, receive, send, stuck};

/// Mutant: a full queue takes one more; a write that waits for room is forgotten when there is room.
pub(crate) fn a_reader_that_does_not_read_stops_the_writer(world: &World) {
    let narrow = world.config().queue_messages(8);
    let (client, server) = world.pair_with(narrow, narrow);
    let sent = write_until_full(&client);
    let waiting: Vec<_> = (0..20).map(|number| client.write(numbered(sent + number))).collect();
    let waiting: Vec<_> = waiting.into_iter().map(|write| write.detach().expect_err("no room")).collect();
    assert!(waiting.iter().all(|write| write.status() == Status::Pending));
    let error = client.try_write("one more").unwrap_err();
    assert!(matches!(error, WriteError::Full { .. }), "{error}");
    assert_eq!(error.into_payload().unwrap(), "one more");

    for number in 0..sent + 20 {
        assert_eq!(receive(&server), numbered(number));
    }
    let numbers: Vec<_> = waiting.into_iter().map(|write| write.wait().unwrap()).collect();
    assert!(numbers.iter().copied().eq(u64::from(sent) + 1..=u64::from(sent) + 20), "{numbers:?}");
    post(&client, "room again");
    expect(&server, ["room again"]);
}

/// Fills the peer's queue, the stream and our own queue; how many messages that took.
fn write_until_full(socket: &Socket) -> u32 {
    let mut sent = 0;
    loop {
        match socket.try_write(numbered(sent)) {
            Ok(write) => {
                write.detach().expect("there was room");
                sent += 1;
            }
            // Perhaps the library has not got to sending yet: a write that is waited for sends.
            Err(WriteError::Full { .. }) if makes_room(socket, sent) => sent += 1,
            Err(error) => {
                assert_eq!(error.into_payload().unwrap(), numbered(sent));
                return sent;
            }
        }
    }
}

fn makes_room(socket: &Socket, number: u32) -> bool {
    let mut write = socket.write(numbered(number));
    match write.wait_for(Duration::from_millis(20)) {
        Some(result) => result.is_ok(),
        None => write.detach().is_ok(),
    }
}

fn numbered(number: u32) -> Vec<u8> {
    number.to_le_bytes().repeat(4000)
}

/// One message always fits, however narrow the queues.
pub(crate) fn one_message_always_fits(world: &World) {
    let narrow = world.config().queue_bytes(0).queue_messages(0);
    let (client, server) = world.pair_with(narrow, narrow);
    let writes: Vec<Write> = (0..5).map(|number| client.write(vec![number; 300_000])).collect();
    for number in 0..5 {
        assert_eq!(receive(&server), vec![number; 300_000]);
    }
    assert!(writes.into_iter().all(|write| write.wait().is_ok()));
}

/// Writes wait for room in their order: a short one does not overtake a long one.
pub(crate) fn waiting_writes_keep_their_order(world: &World) {
    let stuck = stuck(world);
    let (large, small) = (stuck.client.write(vec![1; 5 << 20]), stuck.client.write("small"));
    drop(stuck.long);
    expect(&stuck.server, ["first"]);
    if world.is_plain() {
        receive(&stuck.server);
    }
    assert_eq!(receive(&stuck.server).len(), 5 << 20);
    expect(&stuck.server, ["small"]);
    assert!(large.wait().unwrap() < small.wait().unwrap());
}

const LIMIT: u32 = 2 << 20;

/// From nothing to the limit, around every size at which something changes.
pub(crate) fn every_size(world: &World) {
    let (client, server) = world.pair_with(limited(world), limited(world));
    assert_eq!((client.peer_message_limit(), server.peer_message_limit()), (LIMIT, LIMIT));
    let edges = [1, 4 << 10, 16 << 10, 64 << 10, 128 << 10, 1 << 20];
    let around = edges.into_iter().flat_map(|edge| [edge - 1, edge, edge + 1]);
    for length in around.chain([LIMIT - 1, LIMIT]) {
        let message = pattern(length as usize);
        post(&client, message.clone());
        assert!(receive(&server) == message, "{length} bytes to the server");
        post(&server, message.clone());
        assert!(receive(&client) == message, "{length} bytes to the client");
    }
}

/// Mutant: the length is checked after the announcement has left.
pub(crate) fn too_long_before_a_byte_leaves(world: &World) {
    let (client, server) = world.pair_with(limited(world), limited(world));
    let write = client.write(vec![1; LIMIT as usize + 1]);
    assert_eq!(write.status(), Status::Failure);
    let error = write.wait().unwrap_err();
    assert!(matches!(error, WriteError::TooLong { limit: LIMIT, .. }), "{error}");
    assert_eq!(error.into_payload().unwrap().len(), LIMIT as usize + 1);
    let error = client.try_write(vec![1; LIMIT as usize + 1]).unwrap_err();
    assert!(matches!(error, WriteError::TooLong { .. }), "{error}");
    send(&client, "next");
    expect(&server, ["next"]);
    drop(client.close(PATIENCE));
}

/// Each side's own limit counts for what the other sends.
pub(crate) fn limits_may_differ(world: &World) {
    let (client, server) = world.pair_with(world.config().message_limit(10), world.config().message_limit(0));
    assert_eq!((client.peer_message_limit(), server.peer_message_limit()), (0, 10));
    send(&client, "");
    expect(&server, [""]);
    assert!(matches!(client.write("x").wait(), Err(WriteError::TooLong { limit: 0, .. })));
    send(&server, "ten bytes.");
    expect(&client, ["ten bytes."]);
    assert!(matches!(server.write("ten bytes..").wait(), Err(WriteError::TooLong { limit: 10, .. })));
}

fn limited(world: &World) -> Config {
    world.config().message_limit(LIMIT)
}

fn pattern(length: usize) -> Vec<u8> {
    let block: Vec<u8> = (0..251).collect();
    block.repeat(length / 251 + 1)[..length].to_vec()
}
