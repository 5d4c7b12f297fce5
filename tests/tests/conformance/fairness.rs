//! One busy connection leaves room for the others.

use core::sync::atomic::{AtomicBool, Ordering};
use std::io::Write;
use std::sync::Arc;
use std::thread;

use bowline_runtime::{Read, Socket};
use bowline_tests::{World, message};

use crate::kit::{expect, post};

/// A client sends as fast as it can; another one's messages still come through, in a program that awaits both.
///
/// Mutant: a task whose result is always there at once never gives way, and neither does a drive that always finds more.
pub(crate) fn a_flood_does_not_starve_others(world: &World) {
    let (mut flood, flooded) = world.raw_pair(world.config());
    let (quiet, served) = world.pair();
    let stop = Arc::new(AtomicBool::new(false));
    let flooding = thread::spawn({
        let stop = Arc::clone(&stop);
        move || {
            let block = message(b"flood").bytes().repeat(1000);
            while !stop.load(Ordering::Relaxed) && flood.write_all(&block).is_ok() {}
        }
    });
    world.adapter.spawn(Box::pin(swallow(flooded.clone())));
    world.adapter.spawn(Box::pin(echo(served)));
    for number in 0..30 {
        post(&quiet, number.to_string());
        expect(&quiet, [number.to_string().as_str()]);
    }
    stop.store(true, Ordering::Relaxed);
    flooded.abort();
    flooding.join().unwrap();
}

/// Even a callback on each read, which queues the next one, leaves room.
pub(crate) fn callbacks_do_not_starve_others(world: &World) {
    let (mut flood, flooded) = world.raw_pair(world.config());
    let (quiet, served) = world.pair();
    let flooding = thread::spawn(move || {
        let block = message(b"flood").bytes().repeat(1000);
        while flood.write_all(&block).is_ok() {}
    });
    again(flooded.clone(), flooded.read());
    world.adapter.spawn(Box::pin(echo(served)));
    for number in 0..30 {
        post(&quiet, number.to_string());
        expect(&quiet, [number.to_string().as_str()]);
    }
    flooded.abort();
    flooding.join().unwrap();
}

fn again(socket: Socket, read: Read) {
    read.on_complete(move |message| {
        if message.is_ok() {
            let next = socket.read();
            again(socket, next);
        }
    });
}

async fn swallow(socket: Socket) {
    while socket.read().await.is_ok() {}
}

async fn echo(socket: Socket) {
    while let Ok(message) = socket.read().await {
        if socket.write(message).await.is_err() {
            break;
        }
    }
}
