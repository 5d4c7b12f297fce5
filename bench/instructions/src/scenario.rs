//! What is counted.

use core::hint::black_box;
use core::iter;
use core::time::Duration;

use bowline_core::Batch;
use bytes::Bytes;

use crate::pair::{Pair, drain, now, send};

/// One by its name, for so many messages, reads, or whatever it is about.
type Scenario = (&'static str, fn(usize));

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("in-64", |count| frames_in(count, 64)),
    ("in-1024", |count| frames_in(count, 1024)),
    ("in-tickets-64", tickets_in),
    ("in-batch-64", batches_in),
    ("in-1MiB", long_in),
    ("out-64", |count| frames_out(count, 64)),
    ("out-1024", |count| frames_out(count, 1024)),
    ("out-detached-64", detached_out),
    ("out-posted-64", posted_out),
    ("out-batch-64", batches_out),
    ("out-1MiB", long_out),
    ("turnstile-cancel", cancelled_reads),
    ("turnstile-1000", many_tickets),
    ("ping-pong-64", ping_pong),
    ("life", life),
];

/// So many messages are written or read before the next thing happens.
const BATCH: usize = 100;

/// Messages, each taken by whoever wants one.
fn frames_in(count: usize, size: usize) {
    let (mut pair, bytes) = (Pair::open(), written(BATCH, size));
    for _ in 0..count / BATCH {
        assert_eq!(pair.server.receive(now(), &bytes), bytes.len(), "there is room");
        while let Some(message) = pair.server.take_unclaimed() {
            black_box(message);
        }
    }
}

/// The same, each taken by a read that waited for it.
fn tickets_in(count: usize) {
    let (mut pair, bytes) = (Pair::open(), written(BATCH, 64));
    for _ in 0..count / BATCH {
        let reads: Vec<_> = iter::repeat_with(|| pair.server.read()).take(BATCH).collect();
        assert_eq!(pair.server.receive(now(), &bytes), bytes.len(), "there is room");
        drain(&mut pair.server);
        for read in reads.into_iter().flatten() {
            black_box(pair.server.take(read)).expect("it was not taken");
        }
    }
}

/// Messages that are had together.
fn batches_in(count: usize) {
    let (mut pair, bytes) = (Pair::open(), written(BATCH, 64));
    for _ in 0..count / BATCH {
        assert_eq!(pair.server.receive(now(), &bytes), bytes.len(), "there is room");
        let batch = pair.server.take_batch().expect("they came together");
        for message in &batch {
            black_box(message);
        }
    }
}

/// A long message, read straight into its place.
fn long_in(count: usize) {
    let (mut pair, bytes) = (Pair::open(), written(1, 1 << 20));
    for _ in 0..count {
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let place = pair.server.recv_buf();
            let used = if place.is_empty() {
                pair.server.receive(now(), &rest[..rest.len().min(16)])
            } else {
                let used = place.len().min(rest.len());
                place[..used].copy_from_slice(&rest[..used]);
                pair.server.recv_advance(now(), used);
                used
            };
            rest = &rest[used..];
        }
        black_box(pair.server.take_unclaimed()).expect("it has come");
    }
}

/// Messages written, sent together, and their ends taken.
fn frames_out(count: usize, size: usize) {
    let (mut pair, message) = (Pair::open(), message(size));
    for _ in 0..count / BATCH {
        let writes: Vec<_> = iter::repeat_with(|| pair.client.write(message.clone())).take(BATCH).collect();
        send(&mut pair.client, &mut pair.block, ignore);
        drain(&mut pair.client);
        for write in writes.into_iter().flatten() {
            black_box(pair.client.take_write(write)).expect("it was sent");
        }
    }
}

/// Messages for which nobody waits.
fn detached_out(count: usize) {
    let (mut pair, message) = (Pair::open(), message(64));
    for _ in 0..count / BATCH {
        for _ in 0..BATCH {
            let write = pair.client.write(message.clone()).expect("there is room");
            black_box(pair.client.detach_write(write));
        }
        send(&mut pair.client, &mut pair.block, ignore);
        drain(&mut pair.client);
    }
}

/// Messages without a task.
fn posted_out(count: usize) {
    let (mut pair, message) = (Pair::open(), message(64));
    for _ in 0..count / BATCH {
        for _ in 0..BATCH {
            black_box(pair.client.post(message.clone())).expect("there is room");
        }
        send(&mut pair.client, &mut pair.block, ignore);
    }
}

/// Messages handed over together.
fn batches_out(count: usize) {
    let (mut pair, message) = (Pair::open(), message(64));
    for _ in 0..count / BATCH {
        let mut batch = Batch::new();
        assert!((0..BATCH).all(|_| batch.push(&message)), "there is room");
        let batch = pair.client.write_batch(batch).expect("there is room");
        send(&mut pair.client, &mut pair.block, ignore);
        drain(&mut pair.client);
        black_box(pair.client.take_batch_end(batch)).expect("it was sent");
    }
}

/// A long message, sent from where it is.
fn long_out(count: usize) {
    let (mut pair, message) = (Pair::open(), message(1 << 20));
    for _ in 0..count {
        let write = pair.client.write(message.clone()).expect("there is room");
        send(&mut pair.client, &mut pair.block, ignore);
        black_box(pair.client.take_write(write)).expect("it was sent");
    }
}

/// Reads that are given up.
fn cancelled_reads(count: usize) {
    let mut pair = Pair::open();
    for _ in 0..count {
        let read = pair.server.read().expect("there is room");
        assert!(pair.server.cancel_read(read), "it waits");
    }
}

/// A read in the middle of a thousand is given up, a new one queued.
fn many_tickets(count: usize) {
    let mut pair = Pair::open();
    let mut reads: Vec<_> =
        iter::repeat_with(|| pair.server.read().expect("there is room")).take(1000).collect();
    for index in 0..count {
        let read = &mut reads[(index * 619) % 1000];
        assert!(pair.server.cancel_read(*read), "it waits");
        *read = pair.server.read().expect("there is room");
    }
}

/// A message there and back, with everything that both drivers do about it.
fn ping_pong(count: usize) {
    let (mut pair, message) = (Pair::open(), message(64));
    for _ in 0..count {
        let (ping, asked) = (pair.client.write(message.clone()).expect("there is room"), pair.server.read());
        pair.upwards();
        drain(&mut pair.server);
        let asked = asked.and_then(|read| pair.server.take(read)).expect("it reads").expect("it has come");
        let (pong, answered) = (pair.server.write(asked).expect("there is room"), pair.client.read());
        pair.downwards();
        drain(&mut pair.client);
        black_box(answered.and_then(|read| pair.client.take(read)).expect("it reads").expect("it has come"));
        black_box((pair.client.take_write(ping), pair.server.take_write(pong)));
    }
}

/// From hello to goodbye.
fn life(count: usize) {
    let mut pair = Pair::open();
    for _ in 0..count {
        pair.reopen();
        pair.client.close(now(), Duration::from_secs(1));
        pair.server.close(now(), Duration::from_secs(1));
        pair.upwards();
        pair.downwards();
        pair.upwards();
        drain(&mut pair.client);
        black_box(pair.client.closed()).expect("both have said goodbye");
    }
}

/// So many messages as they are on the wire.
fn written(count: usize, size: usize) -> Vec<u8> {
    let (mut pair, message, mut bytes) = (Pair::open(), message(size), Vec::new());
    for _ in 0..count {
        let write = pair.client.write(message.clone()).expect("there is room");
        send(&mut pair.client, &mut pair.block, |sent| bytes.extend_from_slice(sent));
        pair.client.take_write(write);
    }
    bytes
}

/// A transport that is never full.
fn ignore(bytes: &[u8]) {
    black_box(bytes);
}

fn message(size: usize) -> Bytes {
    Bytes::from(vec![0x5A; size])
}
