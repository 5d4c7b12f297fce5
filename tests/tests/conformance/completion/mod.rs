//! A transport that completes its operations instead of telling when it is ready, with an executor of no adapter's.

mod executor;
mod pipe;
mod waiting;

use std::sync::Arc;

use bowline_runtime::{
    Arrival, Cancelled, CloseReason, Closed, Config, ConnectOperation, Listen, ListenFault, Peer,
    PeerAddress, Role, Server, ServerOptions, Socket, Status,
};
use bowline_tests::watchdog;
use core::task::{Context, Poll};
use tokio::runtime::{Builder, Runtime};

use crate::closing::expect_end;
use crate::kit::{PATIENCE, expect, post, receive, send, settled};
use executor::Simple;
use pipe::{End, Gate, pipe};

/// An open connection over such a pipe, and what runs it.
struct Scene {
    client: Socket,
    server: Socket,
    gate: Gate,
    _runtime: Runtime,
}

/// The client's end by `ConnectOperation`, the server's by `Server::adopt`.
fn scene(config: Config) -> Scene {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let executor = || Arc::new(Simple::new(runtime.handle().clone()));
    let (near, far, gate) = pipe();
    let host = Server::start(executor(), ServerOptions::new().config(config), None, Box::new(Nobody));
    let accept = host.accept();
    host.adopt(arrival(far));
    let dial = Box::pin(async move { Ok(arrival(near)) });
    let connect = ConnectOperation::start(executor(), config, Role::Client, PATIENCE, dial);
    let server = accept.wait().unwrap().accept().unwrap();
    Scene { client: connect.wait().unwrap(), server, gate, _runtime: runtime }
}

fn arrival(end: End) -> Arrival {
    let peer = Peer::new(PeerAddress::Other("completion".to_owned()));
    Arrival { transport: Box::new(end), peer, objection: None }
}

/// Clients come by `adopt` only.
struct Nobody;

impl Listen for Nobody {
    fn poll_accept(&mut self, _cx: &mut Context<'_>) -> Poll<Result<Arrival, ListenFault>> {
        Poll::Pending
    }
}

/// Mutant: a confirmation that comes when there is nothing more to send is not heard, so that the write never ends.
#[test]
fn one_write_ends_when_the_system_confirms() {
    watchdog::run("completion::one_write_ends_when_the_system_confirms", || {
        let scene = scene(Config::new());
        let write = scene.client.write("one");
        expect(&scene.server, ["one"]);
        assert_eq!(settled(&write), Status::Success);
        assert_eq!(write.wait(), Ok(1));
    });
}

#[test]
fn a_thousand_messages_come_back() {
    watchdog::run("completion::a_thousand_messages_come_back", || {
        let scene = scene(Config::new());
        let server = scene.server.clone();
        let echo = std::thread::spawn(move || {
            while let Ok(message) = server.read().wait() {
                server.write(message).wait().unwrap();
            }
        });
        let client = scene.client.clone();
        let writer = std::thread::spawn(move || (0..1000).for_each(|number| send(&client, numbered(number))));
        for number in 0..1000 {
            assert!(receive(&scene.client) == numbered(number), "message {number}");
        }
        writer.join().unwrap();
        assert_eq!(scene.client.close(PATIENCE).wait(), Ok(Closed::Clean));
        echo.join().unwrap();
    });
}

/// Short ones, and every hundredth a long one.
fn numbered(number: usize) -> Vec<u8> {
    let length = if number % 100 == 99 { 200_000 } else { number % 50 };
    format!("{number} ").into_bytes().into_iter().cycle().take(length).collect()
}

/// What the system works on can't be taken back: it is sent.
///
/// Mutant: lent bytes count as unsent, so that a cancelled message is handed back and sent all the same.
#[test]
fn what_was_lent_cannot_be_cancelled() {
    watchdog::run("completion::what_was_lent_cannot_be_cancelled", || {
        let scene = scene(Config::new());
        let held = scene.gate.lock().unwrap();
        let mut lent = scene.client.write("lent");
        assert!(lent.wait_for(core::time::Duration::from_millis(1)).is_none());
        let (behind, after) = (scene.client.write("behind it"), scene.client.write("after"));
        assert_eq!(lent.status(), Status::Pending);
        assert_eq!(lent.cancel(), Cancelled::TooLate);
        assert_eq!(behind.cancel(), Cancelled::Recalled("behind it".into()));
        drop(held);
        expect(&scene.server, ["lent", "after"]);
        assert_eq!(after.wait(), Ok(2));
    });
}

/// A long message of which some was lent is aborted behind that.
#[test]
fn a_long_message_is_aborted_behind_what_was_lent() {
    watchdog::run("completion::a_long_message_is_aborted_behind_what_was_lent", || {
        let scene = scene(Config::new());
        let held = scene.gate.lock().unwrap();
        let mut long = scene.client.write(vec![1; 1_000_000]);
        assert!(long.wait_for(core::time::Duration::from_millis(1)).is_none());
        let next = scene.client.write("next");
        assert_eq!(long.cancel(), Cancelled::Aborted);
        drop(held);
        expect(&scene.server, ["next"]);
        assert_eq!(next.wait(), Ok(1));
    });
}

#[test]
fn closing_waits_for_confirmations() {
    watchdog::run("completion::closing_waits_for_confirmations", || {
        let scene = scene(Config::new());
        for number in 0..100 {
            post(&scene.client, numbered(number));
        }
        drop(scene.client);
        for number in 0..100 {
            assert!(receive(&scene.server) == numbered(number), "message {number}");
        }
        expect_end(&scene.server, CloseReason::PeerClosed);
    });
}
