//! Every way out of a wait.
#![allow(clippy::unwrap_used, reason = "it is a test")]

mod kit;

use core::time::Duration;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use bowline_std::{CloseReason, Closed, Config, Heartbeat, ReadError, Role, Socket, Violation, from_stream};
use kit::{asleep, pair, watched};

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
