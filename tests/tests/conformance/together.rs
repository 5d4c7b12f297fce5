//! Reading what came together.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use bowline_runtime::{Batch, Bytes, ReadError, Socket, Status};
use bowline_tests::{World, watchdog};

use crate::kit::{PATIENCE, expect, post, receive, send, settled};

/// Every message once and in order, however they came together; looked at where they are, and shared.
///
/// Mutant: a batch is taken although other messages are before it.
pub(crate) fn batches_are_all_there_is_in_order(world: &World) {
    let (client, server) = world.pair();
    let all = client.write_all((0..2000).map(message));
    let mut next = 0;
    while next < 2000 {
        let batch = take(&server);
        let seen: Vec<Bytes> = batch.iter().map(Bytes::copy_from_slice).collect();
        assert_eq!(seen.len(), batch.len());
        seen.iter().zip(next..).for_each(|(seen, number)| assert_eq!(*seen, message(number)));
        assert_eq!(batch.into_shared().collect::<Vec<_>>(), seen);
        next += seen.len();
    }
    assert_eq!((next, all.wait().unwrap()), (2000, 2000));
}

/// Mutant: a batch is its first message, always.
pub(crate) fn what_has_come_is_read_at_once(world: &World) {
    let (client, server) = world.pair();
    client.write_all((0..200).map(message)).wait().unwrap();
    watchdog::until("all of them", || server.stats().received.queued == 200);
    let (mut batches, mut messages) = (0, 0);
    while messages < 200 {
        batches += 1;
        messages += take(&server).len();
    }
    assert!(batches < 200, "one by one");
}

/// The way one reads changes nothing about what is next.
///
/// Mutant: sharing begins with the first message that came, read or not.
pub(crate) fn every_way_of_reading_takes_what_is_next(world: &World) {
    let (client, server) = world.pair();
    let all = client.write_all((0..1200).map(message));
    let mut got = Vec::new();
    while got.len() < 1200 {
        match got.len() % 4 {
            0 => got.push(receive(&server)),
            1 => got.extend(take(&server).into_shared().collect::<Vec<_>>()),
            2 => got.extend(server.read_many(3).wait().unwrap()),
            _ => got.extend(server.try_read().unwrap()),
        }
    }
    got.iter().zip(0..).for_each(|(got, number)| assert_eq!(*got, message(number)));
    all.wait().unwrap();
}

pub(crate) fn a_batch_leaves_what_others_own(world: &World) {
    let (client, server) = world.pair();
    let (before, batch, behind) = (server.read(), server.read_batch(), server.read());
    client.write_all(["one", "two", "three", "four", "five"]).wait().unwrap();
    assert_eq!(settled(&behind), Status::Success);
    let mut batch: Vec<Bytes> = batch.wait().unwrap().into_shared().collect();
    assert_eq!((before.wait().unwrap(), behind.wait().unwrap()), ("one".into(), "three".into()));
    while batch.len() < 3 {
        batch.push(receive(&server));
    }
    assert_eq!(batch, ["two", "four", "five"]);
}

/// Mutant: a dropped read of a batch takes its message with it, or `cancel` leaves it to nobody.
pub(crate) fn a_dropped_batch_loses_nothing(world: &World) {
    let (client, server) = world.pair();
    drop(server.read_batch());
    assert!(server.read_batch().cancel().is_none() && server.read_many(9).cancel().is_none());
    let waits = server.read_batch();
    send(&client, "one");
    assert_eq!(settled(&waits), Status::Success);
    client.write_all(["two", "three"]).wait().unwrap();
    drop(waits);
    let batch = server.read_batch();
    assert_eq!(settled(&batch), Status::Success);
    drop(batch);
    expect(&server, ["one", "two", "three"]);
    drop(server.read_batch());
    post(&client, "four");
    expect(&server, ["four"]);
    let too_late = server.read_many(9);
    send(&client, "five");
    assert_eq!(settled(&too_late), Status::Success);
    assert_eq!(too_late.cancel().unwrap(), ["five"]);
}

/// A long message is a batch of its own, and what is next to it stays in order.
pub(crate) fn long_messages_between_small_ones(world: &World) {
    let (client, server) = world.pair();
    let message = |number: usize| {
        vec![u8::try_from(number).unwrap(); if number.is_multiple_of(9) { 70_000 } else { number }]
    };
    let all = client.write_all((0..200).map(message));
    let mut next = 0;
    while next < 200 {
        let batch = take(&server);
        batch.iter().zip(next..).for_each(|(seen, number)| assert_eq!(seen, message(number)));
        next += batch.len();
    }
    all.wait().unwrap();
}

/// Two who read share out what comes: nothing twice, nothing lost, and each in order.
pub(crate) fn beside_a_callback(world: &World) {
    let (client, server) = world.pair();
    let called: Arc<Mutex<Vec<Bytes>>> = Arc::default();
    let calls = Arc::clone(&called);
    server.on_message(move |_, message| calls.lock().unwrap_or_else(PoisonError::into_inner).push(message));
    let writes = client.clone();
    let writer = thread::spawn(move || {
        writes.write_all((0..1000).map(message)).wait().unwrap();
        writes.close(PATIENCE).wait().unwrap();
    });
    let mut batched = Vec::new();
    let error = loop {
        match server.read_batch().wait() {
            Ok(batch) => batched.extend(batch.into_shared()),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ReadError::Closed(_)), "{error}");
    watchdog::until("all of them", || called.lock().unwrap().len() + batched.len() == 1000);
    let called = called.lock().unwrap().clone();
    assert!(number_of(&called).is_sorted() && number_of(&batched).is_sorted());
    let mut numbers = [number_of(&called), number_of(&batched)].concat();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..1000));
    drop(server);
    writer.join().unwrap();
}

/// Small ones, all of them different.
fn message(number: usize) -> Bytes {
    let mut bytes = number.to_string().into_bytes();
    bytes.resize(8 + number * 7 % 60, b' ');
    bytes.into()
}

fn number_of(messages: &[Bytes]) -> Vec<usize> {
    messages.iter().map(|bytes| str::from_utf8(bytes).unwrap().trim().parse().unwrap()).collect()
}

fn take(socket: &Socket) -> Batch {
    socket.read_batch().wait_for(PATIENCE).expect("a message comes").expect("the connection is open")
}
