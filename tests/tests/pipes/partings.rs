//! Closing a pipe loses nothing, however late the other side reads.

use core::time::Duration;
use std::thread;

use bowline_runtime::{Close, CloseReason, Closed, ReadError, ServerOptions, Socket};
use bowline_tests::{World, watchdog};

use crate::{is_long, times};

/// How many connections at a time are closed before anybody reads.
const TOGETHER: usize = 100;
/// Of the last message. The system takes it all, and holds it while the reader has no room.
const LENGTH: usize = 50_000;

/// Goodbye, its answer, and only then the handle.
///
/// Mutant: the handle is closed when the last byte has been handed to the system.
pub(crate) fn closes(world: &World) {
    close_all(world, &Closed::Clean);
}

/// Nobody answers on the plain profile, and a pipe has no halves: its end is the handle's. What the system has taken can
/// be read all the same.
///
/// Mutant: a pipe is disconnected before it is closed; or its close waits until the peer hangs up.
pub(crate) fn plain_closes(world: &World) {
    close_all(world, &Closed::Flushed);
}

fn close_all(world: &World, expected: &Closed) {
    let (wide, narrow) = (world.config(), world.config().queue_messages(1));
    let [reading, writing] =
        [narrow, wide].map(|config| world.serve_with(ServerOptions::new().config(config)));
    let rounds = times(1, 34);
    for _ in 0..rounds {
        let closing: Vec<_> = (0..TOGETHER)
            .map(|number| {
                if number % 2 == 0 {
                    let (client, served) = world.join(&reading, wide);
                    (say_all_and_close(&client), served)
                } else {
                    let (client, served) = world.join(&writing, narrow);
                    (say_all_and_close(&served), client)
                }
            })
            .collect();
        thread::sleep(Duration::from_millis(if is_long() { 1000 } else { 50 }));
        for (close, reader) in closing {
            expect_all(&reader);
            assert_eq!(close.wait().as_ref(), Ok(expected));
        }
    }
    println!("{} closes, {} messages, none lost", rounds * TOGETHER, 2 * rounds * TOGETHER);
}

fn say_all_and_close(socket: &Socket) -> Close {
    for message in ["one".into(), vec![2; LENGTH]] {
        assert!(socket.write(message).detach().is_ok(), "there is room");
    }
    socket.close(watchdog::PATIENCE)
}

fn expect_all(socket: &Socket) {
    assert_eq!(socket.read().wait().unwrap(), "one");
    assert_eq!(socket.read().wait().unwrap(), vec![2; LENGTH]);
    assert_eq!(socket.read().wait(), Err(ReadError::Closed(CloseReason::PeerClosed)));
}
