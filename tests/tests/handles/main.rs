//! What handles show of themselves in a log: all of it, word by word; never a payload, and never by waiting for a lock.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use core::fmt::Debug;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::{Arc, Mutex, OnceLock};

use bowline_runtime::{Config, Profile, Role, Server, ServerOptions, Socket, Status};
use bowline_tests::{Tokio, Transport, World, watchdog};
use bowline_tokio::from_stream;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

/// Runs a test in a world of pipes in memory, whose peers are called the same everywhere.
fn run(name: &str, test: fn(&World)) {
    watchdog::run(name, move || test(&World::new(Tokio::multi_thread, Transport::Stream, Profile::Full)));
}

fn show(handle: &impl Debug) -> String {
    format!("{handle:?}")
}

/// The number that a socket shows.
fn number(socket: &Socket) -> String {
    let shown = show(socket);
    let number = shown.strip_prefix("Socket { number: ").and_then(|rest| rest.split(',').next());
    number.expect("it comes first").to_owned()
}

#[track_caller]
fn shows(handle: &impl Debug, text: &str) {
    assert_eq!(show(handle), text);
}

/// The keeper may have seen to it by now.
#[track_caller]
fn may_be_done(task: &impl Debug, text: &str) {
    let shown = show(task);
    let status = shown.strip_prefix(text);
    assert!(matches!(status, Some("Pending }" | "Success }")), "{shown}");
}

/// Mutant: the socket of a client has the number of another.
#[test]
fn sockets() {
    run("sockets", |world| {
        // A server that takes in one message at a time, so that what follows stays unsent.
        let (client, served) = world.pair_with(world.config(), world.config().queue_bytes(1));
        let (here, there) = (number(&client), number(&served));
        assert_ne!(here, there);
        let text =
            format!("Socket {{ number: {here}, peer: server in memory, state: Open, unread: 0, unsent: 0 }}");
        shows(&client, &text);
        client.write("a secret").wait().unwrap();
        client.write("another").wait().unwrap();
        assert_eq!(served.read().wait().unwrap(), "a secret");
        let one = format!(
            "Socket {{ number: {there}, peer: client in memory, state: Open, unread: 1, unsent: 0 }}"
        );
        watchdog::until("the other message", || show(&served) == one);
        let unsent = client.write(vec![7; 1 << 20]);
        assert!(show(&client).ends_with("state: Open, unread: 0, unsent: 1 }"), "{client:?}");
        drop(unsent);
        shows(&client.messages(), &format!("Messages {{ socket: {here}, ended: false }}"));
        shows(&client.sink(), &format!("Outgoing {{ socket: {here}, closing: false }}"));
        client.abort();
        let over = text.replace("Open", "Closed");
        shows(&client, &over);
        let (reads, writes) = client.split();
        shows(&reads, &format!("ReadHalf({over})"));
        shows(&writes, &format!("WriteHalf({over})"));
    });
}

#[test]
fn servers_and_clients() {
    run("servers_and_clients", |world| {
        let server = world.serve();
        let at = server.endpoint().unwrap().clone();
        let idle = format!("Server {{ endpoint: {at}, state: serving, clients: 0, undecided: 0 }}");
        shows(&server, &idle);
        let mut accept = server.accept();
        shows(&accept, &format!("Accept {{ endpoint: {at}, status: Pending }}"));
        let mut connect = world.connect(&server);
        shows(&connect, "Connect { status: Pending }");
        let incoming = accept.wait_for(watchdog::PATIENCE).unwrap().unwrap();
        shows(&accept, &format!("Accept {{ endpoint: {at}, status: Success }}"));
        shows(&server, &format!("Server {{ endpoint: {at}, state: serving, clients: 0, undecided: 1 }}"));
        let shown = show(&incoming);
        let served = incoming.accept().unwrap();
        assert_eq!(shown, format!("Incoming {{ number: {}, peer: client in memory }}", number(&served)));
        let client = connect.wait_for(watchdog::PATIENCE).unwrap().unwrap();
        shows(&connect, "Connect { status: Success }");
        shows(&server, &format!("Server {{ endpoint: {at}, state: serving, clients: 1, undecided: 0 }}"));
        let clients = server.incoming();
        shows(&clients, &format!("Clients({server:?})"));
        let shutdown = server.close(watchdog::PATIENCE);
        assert!(show(&shutdown).starts_with(&format!("Shutdown {{ endpoint: {at}, left: ")), "{shutdown:?}");
        assert!(show(&server).contains("state: stopped, "), "{server:?}");
        drop((client, served));
        let over = format!("Shutdown {{ endpoint: {at}, left: 0, status: Success }}");
        watchdog::until("the end", || show(&shutdown) == over);
    });
}

#[test]
fn tasks() {
    run("tasks", |world| {
        let (client, served) = world.pair();
        let (here, there) = (number(&client), number(&served));
        let mut read = served.read();
        shows(&read, &format!("Read {{ socket: {there}, status: Pending }}"));
        let mut write = client.write("a secret");
        may_be_done(&write, &format!("Write {{ socket: {here}, status: "));
        assert!(write.wait_for(watchdog::PATIENCE).unwrap().is_ok());
        shows(&write, &format!("Write {{ socket: {here}, status: Success }}"));
        read.wait_for(watchdog::PATIENCE).unwrap().unwrap();
        shows(&read, &format!("Read {{ socket: {there}, status: Success }}"));

        let many = client.write_all(["three", "more", "secrets"]);
        may_be_done(&many, &format!("WriteAll {{ socket: {here}, status: "));
        many.wait().unwrap();
        let (two, together) = (served.read_many(2), served.read_batch());
        assert_eq!(show(&two).split(" {").next(), Some("ReadMany"));
        assert_eq!(show(&together).split(" {").next(), Some("ReadBatch"));
        let first = two.wait().unwrap();
        let batch = together.wait().unwrap();
        let bytes = "threemoresecrets".len() - first.iter().map(|message| message.len()).sum::<usize>();
        shows(&batch, &format!("Batch {{ messages: {}, bytes: {bytes} }}", batch.len()));

        let ended = served.ended();
        shows(&ended, &format!("Ended {{ socket: {there}, status: Pending }}"));
        let close = client.close(watchdog::PATIENCE);
        may_be_done(&close, &format!("Close {{ socket: {here}, status: "));
        drop(served);
        ended.wait().unwrap();
        let closed = format!("Close {{ socket: {here}, status: Success }}");
        watchdog::until("the end", || show(&close) == closed);
        // The connection is over: nothing of it was sent, and here it is, but not in a log.
        let all = client.write_all(["a secret"]).wait().unwrap_err();
        shows(&all, "WriteAllError(1 messages not sent: not sent: closed by this side)");
        let one = client.write("a secret").wait().unwrap_err();
        shows(&one, "WriteError(not sent: closed by this side)");
    });
}

/// A stream that shows its connection's handles while it is read from, which is under the connection's lock.
struct Nosy {
    stream: DuplexStream,
    handles: Arc<OnceLock<Handles>>,
    seen: Arc<Mutex<Vec<String>>>,
}

struct Handles {
    socket: Socket,
    read: bowline_runtime::Read,
}

impl AsyncRead for Nosy {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if let Some(Handles { socket, read }) = self.handles.get() {
            self.seen.lock().unwrap().extend([show(socket), show(read)]);
        }
        Pin::new(&mut self.stream).poll_read(cx, room)
    }
}

impl AsyncWrite for Nosy {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Mutant: `glance` takes the lock: this hangs.
#[test]
fn nobody_waits_for_a_lock() {
    watchdog::run("nobody_waits_for_a_lock", || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let (far, near) = tokio::io::duplex(4096);
        let (handles, seen) = (Arc::<OnceLock<Handles>>::default(), Arc::<Mutex<Vec<String>>>::default());
        let nosy = Nosy { stream: near, handles: Arc::clone(&handles), seen: Arc::clone(&seen) };
        let (client, server) = {
            let _inside = runtime.enter();
            (
                from_stream(nosy, Role::Client, Config::new(), "nosy"),
                from_stream(far, Role::Server, Config::new(), "far"),
            )
        };
        let (client, server) = (client.wait().unwrap(), server.wait().unwrap());
        let here = number(&client);
        assert!(handles.set(Handles { socket: client.clone(), read: client.read() }).is_ok());
        server.write("look").wait().unwrap();
        let shown = watchdog::eventually("bytes", || {
            drop(client.read().try_take());
            Some(seen.lock().unwrap().clone()).filter(|seen| !seen.is_empty())
        });
        assert_eq!(shown[0], format!("Socket {{ number: {here}, peer: nosy, state: <locked> }}"));
        assert_eq!(shown[1], format!("Read {{ socket: {here}, status: <locked> }}"));
        client.abort();
    });
}

/// Showing a task moves nothing on, and asks nobody to.
#[test]
fn a_failed_task_says_so() {
    run("a_failed_task_says_so", |world| {
        let server: Server = world.serve_with(ServerOptions::new());
        let mut refused = world.connect(&server);
        assert!(refused.wait_for(watchdog::PATIENCE).unwrap().is_err());
        assert_eq!(refused.status(), Status::Failure);
        shows(&refused, "Connect { status: Failure }");
    });
}
