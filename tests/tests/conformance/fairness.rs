//! One busy connection leaves room for the others.

use core::sync::atomic::{AtomicU64, Ordering};
use std::io::Write;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use bowline_runtime::{Read, Socket};
use bowline_tests::{Raw, World, message, watchdog};

/// How many round trips the quiet one makes.
const TRIPS: u64 = 100;
/// Time says nothing on a busy machine. So much of the flood may go by during a round trip: twice as much as when a
/// runtime of one thread looks for readiness after each 61 turns, as tokio's does, in each of which a flooded task takes
/// 128 messages, and a round trip needs that twice. On Windows one operation brings in 7,300 of them, and each of a round
/// trip's four operations may wait for two of the flood's.
const ENOUGH: u64 = if cfg!(windows) { 120_000 } else { 30_000 };

/// A client sends as fast as it can; another one's messages still come through, in a program that awaits both.
///
/// Mutant: a task whose result is always there at once never gives way. It starves others on smol; tokio has a budget of
/// its own.
pub(crate) fn a_flood_does_not_starve_others(world: &World) {
    let (flood, flooded) = world.raw_pair(world.config());
    let flooding = flow(flood);
    let swallowed = Arc::new(AtomicU64::new(0));
    world.adapter.spawn(Box::pin(swallow(flooded.clone(), Arc::clone(&swallowed))));
    let meanwhile = round_trips(world, &swallowed);
    flooded.abort();
    flooding.join().unwrap();
    assert!(meanwhile / TRIPS < ENOUGH, "{meanwhile} messages during {TRIPS} round trips");
}

/// Even a callback on each read, which queues the next one, leaves room.
pub(crate) fn callbacks_do_not_starve_others(world: &World) {
    let (flood, flooded) = world.raw_pair(world.config());
    let flooding = flow(flood);
    let swallowed = Arc::new(AtomicU64::new(0));
    again(flooded.clone(), flooded.read(), Arc::clone(&swallowed));
    let meanwhile = round_trips(world, &swallowed);
    flooded.abort();
    flooding.join().unwrap();
    assert!(meanwhile / TRIPS < ENOUGH, "{meanwhile} messages during {TRIPS} round trips");
}

/// Sends short messages until nobody takes them any more.
fn flow(mut flood: Raw) -> JoinHandle<()> {
    thread::spawn(move || {
        let block = message(b"flood").bytes().repeat(1000);
        while flood.write_all(&block).is_ok() {}
    })
}

/// Lets the quiet one make its round trips, both ends in the executor; how much of the flood went by meanwhile.
fn round_trips(world: &World, swallowed: &Arc<AtomicU64>) -> u64 {
    let (quiet, served) = world.pair();
    world.adapter.spawn(Box::pin(echo(served)));
    watchdog::until("the flood", || swallowed.load(Ordering::Relaxed) > 5000);
    let swallowed = Arc::clone(swallowed);
    world.run(async move {
        let before = swallowed.load(Ordering::Relaxed);
        for number in 0..TRIPS {
            quiet.write(number.to_le_bytes().to_vec()).await.unwrap();
            assert_eq!(quiet.read().await.unwrap(), &number.to_le_bytes()[..]);
        }
        swallowed.load(Ordering::Relaxed) - before
    })
}

fn again(socket: Socket, read: Read, swallowed: Arc<AtomicU64>) {
    read.on_complete(move |message| {
        if message.is_ok() {
            swallowed.fetch_add(1, Ordering::Relaxed);
            let next = socket.read();
            again(socket, next, swallowed);
        }
    });
}

async fn swallow(socket: Socket, swallowed: Arc<AtomicU64>) {
    while socket.read().await.is_ok() {
        swallowed.fetch_add(1, Ordering::Relaxed);
    }
}

async fn echo(socket: Socket) {
    while let Ok(message) = socket.read().await {
        if socket.write(message).await.is_err() {
            break;
        }
    }
}
