//! The adapter on all its transports.
#![allow(clippy::unwrap_used, reason = "it is a test")]

mod kit;

use core::time::Duration;
use std::io::pipe;
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use bowline_std::{
    BindOptions, Bytes, Closed, Config, ConnectError, ConnectOptions, Heartbeat, Role, ServerOptions, Socket,
    bind, bind_with, connect, connect_with, from_stream, offer_stream,
};
use kit::{echo, ends, pair, pair_with, unique, until, watched};

fn round_trips(socket: &Socket) {
    for size in [0, 1, 64, 70_000, 1 << 20] {
        let message = Bytes::from(vec![7; size]);
        let write = socket.write(message.clone());
        assert_eq!(socket.read().wait().unwrap(), message);
        write.wait().unwrap();
    }
}

fn echoes_at(endpoint: &str) {
    let server = bind(endpoint).unwrap();
    let at = server.endpoint().unwrap().clone();
    let accept = server.accept();
    let answering = thread::spawn(move || echo(&accept.wait().unwrap().accept().unwrap()));
    let socket = connect(at).wait().unwrap();
    round_trips(&socket);
    assert_eq!(socket.close(kit::PATIENCE).wait(), Ok(Closed::Clean));
    answering.join().unwrap();
}

#[test]
fn echoes_on_unix_sockets() {
    watched(|| {
        let path = std::env::temp_dir().join(unique("socket"));
        echoes_at(&format!("unix://{}", path.display()));
        echoes_at(&format!("local://{}", unique("local")));
    });
}

#[test]
#[cfg(target_os = "linux")]
fn echoes_on_abstract_sockets() {
    watched(|| echoes_at(&format!("abstract://{}", unique("abstract"))));
}

#[test]
fn echoes_on_tcp() {
    watched(|| {
        echoes_at("tcp://127.0.0.1:0");
        echoes_at("tcp://localhost:0");
    });
}

#[test]
fn echoes_on_streams() {
    watched(|| {
        let (left, right) = pair();
        let answering = thread::spawn(move || echo(&left));
        round_trips(&right);
        drop(right);
        answering.join().unwrap();
    });
}

#[test]
fn echoes_on_pipes() {
    watched(|| {
        let ((there, to), (back, from)) = (pipe().unwrap(), pipe().unwrap());
        let left = from_stream((there, from), Role::Server, Config::new(), "left");
        let right = from_stream((back, to), Role::Client, Config::new(), "right");
        let (left, right) = ends(left, right);
        let answering = thread::spawn(move || echo(&left));
        round_trips(&right);
        assert_eq!(right.close(kit::PATIENCE).wait(), Ok(Closed::Clean));
        answering.join().unwrap();
    });
}

#[test]
fn what_is_no_stream_is_refused() {
    watched(|| {
        let datagrams = std::os::unix::net::UnixDatagram::unbound().unwrap();
        let descriptor = std::os::fd::OwnedFd::from(datagrams);
        let connect = from_stream(descriptor, Role::Client, Config::new(), "datagrams");
        assert!(matches!(connect.wait(), Err(ConnectError::Unreachable(_))));
    });
}

#[test]
fn an_offered_stream_is_a_client() {
    watched(|| {
        let server = bind(format!("local://{}", unique("offer"))).unwrap();
        let accept = server.accept();
        let (near, far) = UnixStream::pair().unwrap();
        offer_stream(&server, far, "offered");
        let client = from_stream(near, Role::Client, Config::new(), "server");
        let socket = accept.wait().unwrap().accept().unwrap();
        assert_eq!(socket.peer().to_string(), "offered");
        client.wait().unwrap().write("ahoy").wait().unwrap();
        assert_eq!(socket.read().wait().unwrap(), "ahoy");
    });
}

#[test]
fn heartbeats_are_answered_while_nobody_waits() {
    watched(|| {
        // Far longer than it takes the keeper to see that a thread does not come back to read.
        let heartbeat = Heartbeat { interval: Duration::from_millis(300), misses: 3 };
        let (left, right) = pair_with(Config::new().heartbeat(Some(heartbeat)));
        // Reading, then writing, leaves the right side without a thread or a wish to hear of readiness.
        left.write("ask").wait().unwrap();
        assert_eq!(right.read().wait().unwrap(), "ask");
        right.write("answer").wait().unwrap();
        assert_eq!(left.read().wait().unwrap(), "answer");
        assert_eq!(left.ended().wait_for(Duration::from_millis(2000)), None);
        assert!(right.is_open());
    });
}

#[test]
fn connecting_is_bounded_and_can_be_given_up() {
    watched(|| {
        let nowhere = format!("local://{}", unique("nowhere"));
        assert!(matches!(connect(&nowhere).wait(), Err(ConnectError::Unreachable(_))));
        let server = bind_with(&nowhere, &BindOptions::new(), ServerOptions::new()).unwrap();
        let accept = server.accept();
        let mut undecided = connect_with(&nowhere, ConnectOptions::new());
        let started = Instant::now();
        assert!(undecided.wait_for(Duration::from_millis(20)).is_none());
        assert!(started.elapsed() >= Duration::from_millis(20));
        drop(undecided);
        until("the server sees it go", || server.undecided() == 0);
        drop(accept);
    });
}

#[test]
fn tasks_are_futures_for_any_executor() {
    watched(|| {
        let (left, right) = pair();
        let (sent, told) = mpsc::channel();
        let answering = thread::spawn(move || {
            pollster::block_on(async {
                sent.send(left.read().await).unwrap();
                left.write("aye").await.unwrap();
            });
        });
        pollster::block_on(async {
            right.write("ahoy").await.unwrap();
            assert_eq!(right.read().await.unwrap(), "aye");
        });
        assert_eq!(told.recv().unwrap().unwrap(), "ahoy");
        answering.join().unwrap();
    });
}
