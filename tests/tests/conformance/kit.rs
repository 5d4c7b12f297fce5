//! Small things that several behaviours need.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::thread;

use bowline_runtime::{Bytes, Operation, Server, ServerOptions, Socket, Status, Task, Write};
use bowline_tests::{World, watchdog};

/// How long things may take that must not fail; nobody waits that long.
pub(crate) const PATIENCE: Duration = watchdog::PATIENCE;

/// A deadline that is meant to pass, but not before everything has happened that comes first.
pub(crate) const SOON: Duration = Duration::from_millis(if cfg!(windows) { 2000 } else { 200 });

/// Sends a message and waits until the system has it.
#[track_caller]
pub(crate) fn send(socket: &Socket, message: impl Into<Bytes>) {
    socket.write(message).wait().expect("the connection is open");
}

/// Queues a message that nobody waits for.
#[track_caller]
pub(crate) fn post(socket: &Socket, message: impl Into<Bytes>) {
    detach(socket.write(message));
}

/// Lets a write go that has room.
#[track_caller]
pub(crate) fn detach(write: Write) {
    assert!(write.detach().is_ok(), "there is no room");
}

/// The next message.
#[track_caller]
pub(crate) fn receive(socket: &Socket) -> Bytes {
    let mut read = socket.read();
    read.wait_for(PATIENCE).expect("a message comes").expect("the connection is open")
}

/// Asserts that these messages come, in this order.
#[track_caller]
pub(crate) fn expect<const N: usize>(socket: &Socket, messages: [&str; N]) {
    for message in messages {
        assert_eq!(receive(socket), message);
    }
}

/// Waits until a task has come to an end, without taking it.
#[track_caller]
pub(crate) fn settled<O: Operation>(task: &Task<O>) -> Status {
    watchdog::eventually("the end of a task", || {
        Some(task.status()).filter(|status| *status != Status::Pending)
    })
}

/// Polls a task once, as a `select!` does, with a waker that does nothing.
pub(crate) fn poll_once<O: Operation>(task: &mut Task<O>) -> Poll<O::Output> {
    Pin::new(task).poll(&mut Context::from_waker(Waker::noop()))
}

/// A connection on which a long message has begun and can't go on.
pub(crate) struct Stuck {
    /// It is sending the long message.
    pub(crate) client: Socket,
    /// It holds one short message, `first`, and takes in no more until that is read.
    pub(crate) server: Socket,
    pub(crate) long: Write,
}

/// More than all the buffers between two sockets hold. Memory that grows is copied there on Windows, byte by byte under Wine.
pub(crate) const LONG: usize = if cfg!(windows) { 6 << 20 } else { 12 << 20 };

/// Bytes of the long message have left, more can't.
pub(crate) fn stuck(world: &World) -> Stuck {
    stuck_between(world, world)
}

/// The same, with a client of one world and a server of another.
pub(crate) fn stuck_between(clients: &World, servers: &World) -> Stuck {
    let server = servers.serve_with(ServerOptions::new().config(servers.config().queue_bytes(1)));
    let (client, server) = clients.join(&server, clients.config());
    client.write("first").wait().expect("the server takes one in");
    let mut long = client.write(vec![7; LONG]);
    // One poll sends until the stream is full.
    assert!(long.wait_for(Duration::ZERO).is_none(), "the buffers took everything");
    Stuck { client, server, long }
}

/// Lets everybody in and sends every message back.
#[cfg_attr(windows, allow(dead_code, reason = "only foreign peers use it, which need a Unix"))]
pub(crate) fn echo(server: &Server) {
    server.on_connect(
        |_peer| true,
        |socket| {
            thread::spawn(move || {
                while let Ok(message) = socket.read().wait() {
                    if socket.write(message).wait().is_err() {
                        break;
                    }
                }
            });
        },
    );
}
