//! The keeper does what nobody waits for, in time.

use core::time::Duration;
use std::sync::Arc;

use bowline_core::Config;

use super::rig::{Post, Rig};
use super::wire::frame;
use super::{block_on, explore, spawn};
use crate::task::Operation;
use crate::{Bytes, clock};

/// How often the lookout looks.
const LOOK: Duration = Duration::from_millis(50);

/// Lets the lookout look as often as it takes until something that is owed is done.
fn settle(rig: &Rig, post: &mut Post) {
    post.settle();
    for _ in 0..3 {
        rig.clockwork.pass(LOOK);
        post.settle();
    }
}

/// A read was woken to drive and is dropped instead. What came must not lie in the transport: it may be a ping. No time
/// passes here.
///
/// Mutant: `Link::stop_waiting` does not pass on, or `announce` takes what is owed for done, as `cancel_read` calls it
/// and drives nothing.
#[test]
fn a_dropped_read_leaves_no_bytes_behind() {
    explore("keeper: read dropped, bytes", || {
        let (rig, post) = Rig::new(Config::new(), false);
        let mut read = rig.socket.read();
        assert!(read.operation_mut().poll(Some(core::task::Waker::noop())).is_pending());
        let home = post.man();
        let dropper = spawn(move || drop(read));
        rig.wire.bring(&frame(b"m"));
        dropper.join().unwrap();
        let _post = home();
        assert!(rig.wire.is_read());
    });
}

/// A task that has registered and is then held without being polled delays nobody for long.
///
/// Mutant: a drive ends by taking what is owed for done, though readiness may have come since it read.
#[test]
fn a_held_read_is_looked_after() {
    explore("keeper: read held, bytes", || {
        let (rig, mut post) = Rig::new(Config::new(), false);
        let mut read = rig.socket.read();
        let poller = spawn(move || {
            let _either = read.operation_mut().poll(Some(core::task::Waker::noop()));
            read
        });
        rig.wire.bring(&frame(b"m"));
        let held = poller.join().unwrap();
        settle(&rig, &mut post);
        assert!(rig.wire.is_read());
        drop(held);
    });
}

/// The lookout stops looking after what is owed at the moment when something is owed again.
///
/// Mutant: `Lookout::look` forgets those who were entered while it looked, or `is_idle` lets its task rest without looking
/// for them.
#[test]
fn a_write_that_nobody_awaits_is_sent() {
    explore("keeper: write, end of a lookout", || {
        let (rig, mut post) = Rig::new(Config::new(), false);
        rig.link.expect_drive();
        post.settle();
        rig.link.drive();
        rig.clockwork.pass(LOOK);
        post.settle();
        let home = post.man();
        let socket = rig.socket.clone();
        let writer = spawn(move || socket.write(Bytes::from_static(b"m")));
        rig.clockwork.pass(LOOK);
        let write = writer.join().unwrap();
        post = home();
        settle(&rig, &mut post);
        assert_eq!(rig.wire.sent(), frame(b"m"));
        drop(write);
    });
}

/// A burst of messages that nobody awaits calls the keeper once, the next one calls it again. No time passes here.
///
/// Mutant: `drive` leaves `called` set, so that the second burst calls nobody.
#[test]
fn each_burst_calls_the_keeper() {
    explore("keeper: two bursts", || {
        let (rig, mut post) = Rig::new(Config::new(), false);
        let mut sent = Vec::new();
        for message in [b"a", b"b"] {
            assert!(rig.socket.write(Bytes::from_static(message)).detach().is_ok());
            post.settle();
            sent.extend(frame(message));
            assert_eq!(rig.wire.sent(), sent);
        }
    });
}

/// A callback's first answer leaves at once, further ones by the keeper, and so do all where more messages have come. No time
/// passes here.
///
/// Mutant: `see_off` leaves each answer to the keeper, or sends each by itself.
#[test]
fn a_callback_answers_at_once() {
    explore("keeper: answers", || {
        let (rig, mut post) = Rig::new(Config::new(), false);
        let answer = |message| assert!(rig.socket.write(Bytes::from_static(message)).detach().is_ok());
        rig.socket.expect_answer();
        answer(b"a");
        assert_eq!(rig.wire.sent(), frame(b"a"));
        answer(b"b");
        assert_eq!(rig.wire.sent(), frame(b"a"));
        post.settle();
        rig.wire.bring(&frame(b"m"));
        post.settle();
        rig.socket.expect_answer();
        answer(b"c");
        assert_eq!(rig.wire.sent(), [frame(b"a"), frame(b"b")].concat());
        post.settle();
        assert_eq!(rig.wire.sent(), [frame(b"a"), frame(b"b"), frame(b"c")].concat());
    });
}

/// A deadline comes up while the keeper's timer has fired for one that is no more, and the keeper arms it anew.
///
/// Mutant: the keeper tells under a later lock what it saw under an earlier one. The deadline is compared with a timer that
/// has fired, wakes nobody, and is forgotten.
#[test]
fn the_timer_fires_by_the_next_deadline() {
    explore("keeper: timer, another's deadline", || {
        let (rig, post) = Rig::new(Config::new(), false);
        let now = clock::now();
        rig.link.waiters.set_armed(Some(now));
        let home = post.man();
        let link = Arc::clone(&rig.link);
        let closer = spawn(move || {
            link.with(|driven| {
                driven.connection.close(now, LOOK);
                driven.announce(&link);
                driven.connection.poll_timeout().and_then(clock::to_system)
            })
        });
        rig.link.waiters.call_keeper();
        let deadline = closer.join().unwrap();
        let _post = home();
        assert!(deadline.is_some() && rig.clockwork.armed().is_some_and(|armed| Some(armed) <= deadline));
    });
}

/// Reading stopped for want of room; whoever makes room sees to it that it goes on.
///
/// Mutant: `Link::poll` resumes only where it found the result at its first look. There is room and there are bytes, and
/// nobody is told: another task that waits for the connection's end would never hear of it.
#[test]
fn reading_goes_on_when_there_is_room() {
    explore("keeper: room, read", || {
        let (rig, post) = Rig::new(Config::new().queue_messages(1), false);
        let home = post.man();
        let socket = rig.socket.clone();
        let reader = spawn(move || block_on(socket.read()));
        rig.wire.bring(&[frame(b"a"), frame(b"b")].concat());
        assert_eq!(reader.join().unwrap().unwrap(), "a");
        let mut post = home();
        settle(&rig, &mut post);
        assert_eq!(rig.link.with(|driven| driven.connection.unread()), 1);
    });
}
