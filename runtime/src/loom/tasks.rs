//! A task ends once: cancelled, or complete.

use core::sync::atomic::Ordering;
use core::task::Waker;
use std::sync::Arc;
use std::task::Wake;

use bowline_core::{Cancelled, Config};

use super::rig::Rig;
use super::wire::frame;
use super::{block_on, explore, spawn};
use crate::link::Link;
use crate::task::Operation;
use crate::{Bytes, ReadError, Status};

/// The first of two reads is cancelled while its message comes: it is handed back or goes to the second read.
///
/// Mutant: `Driven::cancel_read` does not announce. The second read has its message and sleeps on: deadlock.
#[test]
fn a_cancelled_read_loses_no_message() {
    explore("tasks: read cancelled, read awaited, message", || {
        let (rig, _post) = Rig::new(Config::new(), false);
        let (first, second) = (rig.socket.read(), rig.socket.read());
        let canceller = spawn(move || first.cancel());
        let reader = spawn(move || block_on(second));
        rig.wire.bring(&frame(b"a"));
        let cancelled = canceller.join().unwrap();
        if cancelled.is_some() {
            rig.wire.bring(&frame(b"b"));
        }
        let own = if cancelled.is_some() { "b" } else { "a" };
        assert_eq!(reader.join().unwrap().unwrap(), own);
        assert!(cancelled.is_none_or(|message| message == "a"));
    });
}

/// A read that is awaited without the keeper gets its message all the same: no background task is on its way.
///
/// Mutant: `Link::poll` registers after it drove. Readiness in between finds nobody and calls the keeper.
#[test]
fn an_awaited_read_needs_no_keeper() {
    explore("tasks: read awaited, message", || {
        let (rig, _post) = Rig::new(Config::new(), false);
        let read = rig.socket.read();
        let reader = spawn(move || block_on(read));
        rig.wire.bring(&frame(b"a"));
        assert_eq!(reader.join().unwrap().unwrap(), "a");
    });
}

/// Room for bytes is told to the write, whatever else waits.
///
/// Mutant: the waker for writing is one for reading. The read is woken, cannot help, and the write sleeps on: deadlock.
#[test]
fn an_awaited_write_hears_of_room() {
    explore("tasks: write and read awaited, room", || {
        let (rig, _post) = Rig::new(Config::new(), false);
        rig.wire.set_full(true);
        let (mut read, write) = (rig.socket.read(), rig.socket.write(Bytes::from_static(b"m")));
        let writer = spawn(move || block_on(write));
        assert!(read.operation_mut().poll(Some(Waker::noop())).is_pending());
        rig.wire.set_full(false);
        assert_eq!(writer.join().unwrap().unwrap(), 1);
        assert_eq!(rig.wire.sent(), frame(b"m"));
    });
}

/// A write is cancelled while the keeper sends: it is taken back, or it is on the wire.
///
/// Mutant: `WriteOperation::cancel` believes a status from an earlier lock. It reports as taken back what was sent.
#[test]
fn a_cancelled_write_is_back_or_sent() {
    explore("tasks: write cancelled, keeper", || {
        let (rig, post) = Rig::new(Config::new(), false);
        let write = rig.socket.write(Bytes::from_static(b"m"));
        let home = post.man();
        rig.link.waiters.call_keeper();
        let canceller = spawn(move || write.cancel());
        let cancelled = canceller.join().unwrap();
        let _post = home();
        match cancelled {
            Cancelled::Recalled(message) => assert_eq!((&message[..], rig.wire.sent()), (&b"m"[..], vec![])),
            Cancelled::TooLate => assert_eq!(rig.wire.sent(), frame(b"m")),
            other => panic!("{other:?} for a message of one frame"),
        }
    });
}

/// The connection breaks while a read looks: a task's end is decided once, and everybody hears of it.
///
/// Mutant: `Link::fail` does not announce: deadlock.
#[test]
fn a_broken_connection_ends_its_tasks() {
    explore("tasks: read awaited, failure", || {
        let (rig, post) = Rig::new(Config::new(), false);
        let mut read = rig.socket.read();
        let reader = spawn(move || {
            let early = read.status();
            let ended = read.wait_until(std::time::Instant::now());
            (early, ended.is_some(), read.status())
        });
        let other = rig.socket.read();
        let waiting = spawn(move || block_on(other));
        drop(post);
        assert!(matches!(waiting.join().unwrap(), Err(ReadError::Closed(_))));
        let (early, ended, late) = reader.join().unwrap();
        assert!(late != Status::Pending || (!ended && early == Status::Pending));
    });
}

/// A waker that takes the connection's lock when it is woken and when it is dropped, as one may that holds a task.
struct Nosy(Arc<Link>);

impl Wake for Nosy {
    fn wake(self: Arc<Self>) {
        self.0.with(|driven| driven.can_block());
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.0.with(|driven| driven.can_block());
    }
}

/// Nothing of the user's runs under our locks, wakers that are replaced included.
///
/// Mutant: `register` drops the waker that it replaces; or `defer::later` runs at once: deadlock with oneself.
#[test]
fn wakers_run_outside_of_the_lock() {
    explore("tasks: wakers that lock", || {
        let (rig, _post) = Rig::new(Config::new(), false);
        let mut read = rig.socket.read();
        let link = Arc::clone(&rig.link);
        let poller = spawn(move || {
            let polls = (0..2).filter(|_| {
                let waker = Waker::from(Arc::new(Nosy(Arc::clone(&link))));
                read.operation_mut().poll(Some(&waker)).is_ready()
            });
            polls.count()
        });
        rig.wire.bring(&frame(b"a"));
        let _either = poller.join().unwrap();
        assert_eq!(rig.link.handles.load(Ordering::Relaxed), 1);
    });
}
