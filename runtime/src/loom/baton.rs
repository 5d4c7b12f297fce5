//! Plain threads on one connection: one of them sleeps in the system for all, and hands over when it stops.

use core::time::Duration;
use std::time::Instant;

use bowline_core::Config;

use super::rig::Rig;
use super::wire::frame;
use super::{explore, spawn};
use crate::Bytes;

/// Whoever receives gives up; the other one must go on.
///
/// Mutant: `end_receiving` hands over only what came, not after a deadline: deadlock.
#[test]
fn a_thread_that_gives_up_hands_over() {
    explore("baton: deadline, read", || {
        let (rig, _post) = Rig::new(Config::new(), true);
        let (mut first, second) = (rig.socket.read(), rig.socket.read());
        let one = spawn(move || first.wait_until(Instant::now()).map(Result::unwrap));
        let two = spawn(move || second.wait().unwrap());
        rig.wire.bring(&[frame(b"a"), frame(b"b")].concat());
        let (first, second) = (one.join().unwrap(), two.join().unwrap());
        assert!(first.as_ref().is_none_or(|message| message == "a"));
        // A read that is dropped gives its message to the next.
        assert!(second == "b" || (first.is_none() && second == "a"));
    });
}

/// Two threads wait, their messages come one by one: whoever has its own hands over.
///
/// Mutant: `end_receiving` does not hand over: deadlock.
#[test]
fn two_readers_both_finish() {
    explore("baton: two reads, two messages", || {
        let (rig, _post) = Rig::new(Config::new(), true);
        let (first, second) = (rig.socket.read(), rig.socket.read());
        let one = spawn(move || first.wait().unwrap());
        let two = spawn(move || second.wait().unwrap());
        rig.wire.bring(&frame(b"a"));
        rig.wire.bring(&frame(b"b"));
        assert_eq!((one.join().unwrap(), two.join().unwrap()), ("a".into(), "b".into()));
    });
}

/// A thread that received has gone on to write: somebody has to read meanwhile, if late. The keeper may have looked while
/// that thread received, so that the transport tells nobody.
///
/// Mutant: `drive_out`, which reads nothing, takes what is owed for done. The connection is deaf.
#[test]
fn a_writing_thread_is_not_taken_for_a_reading_one() {
    explore("baton: deadline, write, bytes", || {
        let (rig, post) = Rig::new(Config::new(), true);
        let (socket, home) = (rig.socket.clone(), post.man());
        let thread = spawn(move || {
            let mut read = socket.read();
            let came = read.wait_until(Instant::now()).is_some();
            socket.write(Bytes::from_static(b"m")).wait().unwrap();
            (read, came)
        });
        rig.wire.bring(&frame(b"a"));
        let _held = thread.join().unwrap();
        let mut post = home();
        rig.wire.bring(&frame(b"b"));
        for _ in 0..4 {
            post.settle();
            rig.clockwork.pass(Duration::from_millis(50));
        }
        post.settle();
        assert!(rig.wire.is_read());
    });
}
