//! The adapter on all its transports, and every way out of a wait.
#![allow(clippy::unwrap_used, reason = "it is a test")]

mod kit;

use core::time::Duration;
use std::io::{Read as _, Write as _, pipe};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use bowline_std::{
    BindOptions, Bytes, CloseReason, Closed, Config, ConnectError, ConnectOptions, Heartbeat, ReadError,
    Role, ServerOptions, Socket, Violation, bind, bind_with, connect, connect_with, from_stream,
    offer_stream,
};
use kit::{asleep, echo, ends, pair, pair_with, unique, until, watched};

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
fn the_peer_frees_a_thread_by_closing() {
    watched(|| {
        let (left, right) = pair();
        let reading = asleep(move || left.read().wait());
        assert_eq!(right.close(kit::PATIENCE).wait(), Ok(Closed::Clean));
        assert_eq!(reading.join().unwrap(), Err(ReadError::Closed(CloseReason::PeerClosed)));
    });
}

#[test]
fn this_side_frees_a_thread_by_closing() {
    watched(|| {
        let (left, _right) = pair();
        let reader = left.clone();
        let reading = asleep(move || reader.read().wait());
        assert_eq!(left.close(kit::PATIENCE).wait(), Ok(Closed::Clean));
        assert_eq!(reading.join().unwrap(), Err(ReadError::Closed(CloseReason::Closed)));
    });
}

#[test]
fn an_abort_frees_every_waiting_thread() {
    watched(|| {
        let (left, right) = pair();
        let (reader, watcher) = (left.clone(), left.clone());
        let far = asleep(move || right.read().wait());
        let reading = asleep(move || reader.read().wait());
        let watching = asleep(move || watcher.ended().wait());
        left.abort();
        assert_eq!(reading.join().unwrap(), Err(ReadError::Closed(CloseReason::Aborted)));
        assert_eq!(watching.join().unwrap(), Ok(CloseReason::Aborted));
        assert!(far.join().unwrap().is_err());
    });
}

#[test]
fn a_deadline_frees_a_thread_and_leaves_the_read() {
    watched(|| {
        let (left, right) = pair();
        let mut read = left.read();
        assert_eq!(read.wait_for(Duration::from_millis(20)), None);
        assert_eq!(read.wait_for(Duration::ZERO), None);
        right.write("late").wait().unwrap();
        assert_eq!(read.wait().unwrap(), "late");
    });
}

#[test]
fn the_next_thread_takes_over_from_one_whose_deadline_has_passed() {
    watched(|| {
        let (left, right) = pair();
        let (mut first, second) = (left.read(), left.read());
        let first_waits = asleep(move || (first.wait_for(Duration::from_millis(50)), first));
        let second_waits = asleep(move || second.wait());
        let (none, first) = first_waits.join().unwrap();
        assert_eq!(none, None);
        right.write("one").detach().unwrap();
        right.write("two").wait().unwrap();
        assert_eq!(second_waits.join().unwrap().unwrap(), "two");
        assert_eq!(first.wait().unwrap(), "one");
    });
}

#[test]
fn cancelling_an_earlier_read_gives_its_message_to_a_thread_that_sleeps() {
    watched(|| {
        let (left, right) = pair();
        for round in 0..100 {
            let (first, second) = (left.read(), left.read());
            let message = round.to_string();
            let waiting = if round % 2 == 0 {
                let waiting = asleep(move || second.wait());
                right.write(message.clone()).wait().unwrap();
                waiting
            } else {
                right.write(message.clone()).wait().unwrap();
                asleep(move || second.wait())
            };
            drop(first);
            assert_eq!(waiting.join().unwrap().unwrap(), message);
        }
    });
}

/// A client that was let in by a peer of a few bytes, which says nothing from then on.
fn client_of_a_mute(config: Config) -> (Socket, UnixStream) {
    let (near, mut mute) = UnixStream::pair().unwrap();
    let client = from_stream(near, Role::Client, config, "mute");
    let mut hello = [0; 20];
    mute.read_exact(&mut hello).unwrap();
    let welcome = b"\x10\0\0\x02bwln\x01\0\0\0\0\0\x10\0\0\0\0\0";
    mute.write_all(welcome).unwrap();
    (client.wait().unwrap(), mute)
}

#[test]
fn a_lost_peer_frees_a_thread_before_the_last_courtesies() {
    watched(|| {
        let heartbeat = Heartbeat { interval: Duration::from_millis(20), misses: 2 };
        let config = Config::new().heartbeat(Some(heartbeat)).linger(Duration::from_secs(3600));
        let (client, _mute) = client_of_a_mute(config);
        let lost = CloseReason::Violated(Violation::HeartbeatTimeout);
        assert_eq!(client.read().wait(), Err(ReadError::Closed(lost)));
    });
}

#[test]
fn heartbeats_are_answered_while_nobody_waits() {
    watched(|| {
        let heartbeat = Heartbeat { interval: Duration::from_millis(20), misses: 4 };
        let (left, right) = pair_with(Config::new().heartbeat(Some(heartbeat)));
        // Reading, then writing, leaves the right side without a thread or a wish to hear of readiness.
        left.write("ask").wait().unwrap();
        assert_eq!(right.read().wait().unwrap(), "ask");
        right.write("answer").wait().unwrap();
        assert_eq!(left.read().wait().unwrap(), "answer");
        assert_eq!(left.ended().wait_for(Duration::from_millis(600)), None);
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
