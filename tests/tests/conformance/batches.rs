//! Many messages at once, many tasks at once: batches, broadcasts, waiting for several.

use core::time::Duration;
use std::time::Instant;

use bowline_runtime::{
    Bytes, ReadError, ReadMany, Socket, Status, WriteAllError, WriteFailure, all, any, wait_all, wait_any,
};
use bowline_tests::{World, watchdog};

use crate::kit::{LONG, detach, expect, post, receive, send, settled, stuck};

/// Mutant: a read of many takes what a read behind it owns.
pub(crate) fn read_many_leaves_what_others_own(world: &World) {
    let (client, server) = world.pair();
    let (many, owner) = (server.read_many(10), server.read());
    for message in ["one", "two", "three", "four"] {
        send(&client, message);
    }
    unread(&server, 2);
    assert_eq!(many.wait().unwrap(), ["one", "three", "four"]);
    assert_eq!(owner.wait().unwrap(), "two");
}

pub(crate) fn read_many_takes_as_many_as_asked_for(world: &World) {
    let (client, server) = world.pair();
    for message in ["one", "two", "three", "four"] {
        send(&client, message);
    }
    unread(&server, 4);
    assert_eq!(server.read_many(3).wait().unwrap(), ["one", "two", "three"]);
    let mut dropped: ReadMany = server.read_many(3);
    assert_eq!(settled(&dropped), Status::Success);
    assert!(dropped.try_take().is_some());
    drop(server.read_many(3));
    send(&client, "five");
    assert_eq!(world.run(server.read_many(0)).unwrap(), ["five"]);
    client.abort();
    assert!(matches!(server.read_many(3).wait(), Err(ReadError::Closed(_))));
}

/// Mutant: a dropped read of many takes its message with it.
pub(crate) fn read_many_dropped_with_its_message(world: &World) {
    let (client, server) = world.pair();
    let many = server.read_many(10);
    send(&client, "one");
    send(&client, "two");
    assert_eq!(settled(&many), Status::Success);
    drop(many);
    expect(&server, ["one", "two"]);
}

pub(crate) fn write_all_sends_all(world: &World) {
    let (client, server) = world.pair();
    let numbers = (0..3000_u32).map(|number| number.to_le_bytes().to_vec());
    let all = client.write_all(numbers.clone());
    let behind = client.write("behind them");
    numbers.for_each(|number| assert_eq!(receive(&server), number));
    expect(&server, ["behind them"]);
    assert_eq!(all.wait().unwrap(), 3000);
    assert_eq!(behind.wait(), Ok(3001));
    assert_eq!(client.write_all(Vec::<Bytes>::new()).wait().unwrap(), 0);
}

/// Mutant: dropping a batch leaves some of it in the queue.
pub(crate) fn write_all_is_cancelled_by_a_drop(world: &World) {
    let stuck = stuck(world);
    let mut all = stuck.client.write_all(["one", "two", "three"]);
    assert!(all.wait_for(Duration::from_millis(1)).is_none());
    let after = stuck.client.write("after");
    drop(all);
    detach(stuck.long);
    expect(&stuck.server, ["first"]);
    assert_eq!(receive(&stuck.server).len(), LONG);
    expect(&stuck.server, ["after"]);
    assert_eq!(after.wait(), Ok(3));
}

/// What was not sent comes back in the order in which it was given.
pub(crate) fn write_all_hands_back_in_order(world: &World) {
    let narrow = world.config().queue_bytes(1).message_limit(16 << 20);
    let (client, server) = world.pair_with(narrow, narrow);
    post(&client, "first");
    let mut long = client.write(vec![7; LONG]);
    assert!(long.wait_for(Duration::ZERO).is_none());
    let too_long = Bytes::from(vec![0; (16 << 20) + 1]);
    let all =
        client.write_all([Bytes::from("one"), Bytes::from("two"), too_long.clone(), Bytes::from("three")]);
    server.abort();
    let WriteAllError { unsent, failure } = all.wait().unwrap_err();
    assert_eq!(unsent.iter().map(Bytes::len).collect::<Vec<_>>(), [3, 3, too_long.len(), 5]);
    assert!(matches!(failure, WriteFailure::NotSent(_)), "{failure}");
    drop(long);
}

pub(crate) fn waiting_for_any(world: &World) {
    let (client, server) = world.pair();
    let (mut first, mut second, mut ended) = (server.read(), server.read(), server.ended());
    let soon = Some(Instant::now() + Duration::from_millis(1));
    assert_eq!(wait_any(&mut [&mut first, &mut ended], soon), Ok(None));
    post(&client, "one");
    assert_eq!(wait_any(&mut [&mut ended, &mut first], None), Ok(Some(1)));
    assert_eq!(first.status(), Status::Success);
    assert_eq!(first.try_take().unwrap().unwrap(), "one");
    client.abort();
    let which = wait_any(&mut [&mut second, &mut ended], None).unwrap();
    assert!(which.is_some());
    assert!(second.wait().is_err());
    // A plain connection whose peer has ended its half is over when this side ends the other.
    server.abort();
    ended.wait().unwrap();
}

pub(crate) fn waiting_for_all(world: &World) {
    let (client, server) = world.pair();
    let (mut first, mut second) = (server.read(), server.read());
    let mut write = server.write("to the client");
    post(&client, "one");
    let soon = Some(Instant::now() + Duration::from_millis(1));
    assert_eq!(wait_all(&mut [&mut first, &mut second, &mut write], soon), Ok(false));
    post(&client, "two");
    let (first, second, mut write) = world.run(async move {
        all(&mut [&mut first, &mut second, &mut write]).await;
        let which = any(&mut [&mut write, &mut first]).await;
        assert_eq!(which, 0);
        (first, second, write)
    });
    assert_eq!(wait_all(&mut [&mut write], None), Ok(true));
    assert_eq!(write.try_take(), Some(Ok(1)));
    assert_eq!([first, second].map(|mut read| read.try_take().unwrap().unwrap()), ["one", "two"]);
    expect(&client, ["to the client"]);
}

/// Whoever has no room is named, the others get it.
pub(crate) fn broadcast_tells_who_is_slow(world: &World) {
    let server =
        world.serve_with(bowline_runtime::ServerOptions::new().config(world.config().queue_messages(1)));
    let (quick, _quick_served) = world.join(&server, world.config());
    let (slow, slow_served) = world.join(&server, world.config().queue_bytes(1));
    post(&slow_served, "first");
    watchdog::until("the first", || slow_served.stats().sent.messages == 1);
    let mut long = slow_served.write(vec![7; LONG]);
    assert!(long.wait_for(Duration::from_millis(1)).is_none());
    let report = server.broadcast("to all");
    assert_eq!((report.queued, report.slow.len(), report.refused), (1, 1, 0), "{report:?}");
    expect(&quick, ["to all"]);
    assert_eq!(server.sockets().len(), 2);
    drop(slow);
}

/// Waits until so many messages have come that no other read owns, and leaves them there.
fn unread(socket: &Socket, count: usize) {
    let reads: Vec<_> = (0..count).map(|_| socket.read()).collect();
    assert!(reads.iter().all(|read| settled(read) == Status::Success));
}
