//! Who is woken, and what the keeper hears; and the sleep of a plain thread, by which all models wait.

use core::task::{Poll, Waker};
use std::sync::Arc;
use std::time::Instant;

use loom::sync::Mutex;

use super::{explore, spawn};
use crate::park;
use crate::waiters::{Side, Waiters};

/// A transport without bytes: it is ready, or not yet.
#[derive(Default)]
struct Line {
    waiters: Waiters,
    ready: Mutex<bool>,
}

impl Line {
    /// What `Transport` and its reactor do.
    fn bring(&self) {
        *self.ready.lock().unwrap() = true;
        let _looked_after = self.waiters.ready(Side::Read);
    }

    fn look(&self) -> bool {
        *self.ready.lock().unwrap()
    }

    /// What `Link::poll` does: register, then look again.
    fn wait(&self) {
        let ticket = self.waiters.new_watch();
        park::wait(None, |waker| {
            self.waiters.register(ticket, Side::Read, waker.clone());
            if self.look() { Poll::Ready(()) } else { Poll::Pending }
        });
        self.waiters.remove(ticket);
    }

    /// What the keeper does until it is to drive.
    fn keep(&self) {
        park::wait(
            None,
            |waker: &Waker| {
                if self.waiters.take_orders(waker) { Poll::Ready(()) } else { Poll::Pending }
            },
        );
    }
}

/// Mutant: `Parked` is woken before it is told so (`woken` is set last). It goes back to sleep: deadlock. So it is if
/// `wait` above looks before it registers.
#[test]
fn whoever_registers_and_looks_again_is_woken() {
    explore("waiters: register, ready", || {
        let line = Arc::new(Line::default());
        let other = Arc::clone(&line);
        let reader = spawn(move || other.wait());
        line.bring();
        reader.join().unwrap();
    });
}

/// Two wait, one readiness comes: the first is woken, the other must not depend on it.
///
/// Mutant: `ready` orders a drive only if nobody waits. The second reader sleeps for ever when the first had its
/// result by other means.
#[test]
fn with_two_waiting_the_keeper_is_called() {
    explore("waiters: two registered, ready", || {
        let line = Arc::new(Line::default());
        for _ in 0..2 {
            line.waiters.register(line.waiters.new_watch(), Side::Read, Waker::noop().clone());
        }
        let other = Arc::clone(&line);
        let keeper = spawn(move || other.keep());
        line.bring();
        keeper.join().unwrap();
    });
}

/// Mutant: `take_orders` reads the orders under one lock and registers under another: deadlock.
#[test]
fn no_order_falls_between_two_looks() {
    explore("waiters: take_orders, call_keeper", || {
        let line = Arc::new(Line::default());
        let other = Arc::clone(&line);
        let keeper = spawn(move || other.keep());
        line.waiters.call_keeper();
        keeper.join().unwrap();
    });
}

/// Mutant: `look` or `take_orders` forgets what is owed. Then nobody would do it.
#[test]
fn what_is_owed_is_heard_until_somebody_drives() {
    explore("waiters: take_orders, look, expect_drive, pass_on", || {
        let line = Arc::new(Line::default());
        let other = Arc::clone(&line);
        let keeper = spawn(move || other.keep());
        assert!(line.waiters.expect_drive());
        assert!(line.waiters.look());
        line.waiters.pass_on();
        keeper.join().unwrap();
    });
}

/// The lookout looks while somebody is expected to drive.
///
/// Mutant: `look` reads the orders under one lock and says under another whether it goes on. Then what was owed in between is
/// entered by nobody and looked after by nobody.
#[test]
fn whatever_is_owed_is_looked_after() {
    explore("waiters: look, expect_drive", || {
        let line = Arc::new(Line::default());
        assert!(line.waiters.expect_drive());
        line.waiters.drives();
        assert!(line.waiters.look(), "it was used since the last look");
        let other = Arc::clone(&line);
        let lookout = spawn(move || other.waiters.look());
        let enters = line.waiters.expect_drive();
        assert_eq!(u32::from(enters) + u32::from(lookout.join().unwrap()), 1);
    });
}

/// Mutant: `sleep` forgets earlier wake-ups before it looks at `woken`. One that came since the poll is lost: deadlock.
#[test]
fn no_wake_up_is_lost() {
    explore("park: two wake-ups", || {
        let line = Arc::new(Mutex::new((0, Waker::noop().clone())));
        let other = Arc::clone(&line);
        let sleeper = spawn(move || {
            let mut seen = 0;
            park::wait(None, |waker| {
                let mut line = other.lock().unwrap();
                line.1.clone_from(waker);
                seen = line.0;
                if seen == 2 { Poll::Ready(()) } else { Poll::Pending }
            })
        });
        for _ in 0..2 {
            let mut line = line.lock().unwrap();
            line.0 += 1;
            let waker = line.1.clone();
            drop(line);
            waker.wake();
        }
        assert_eq!(sleeper.join().unwrap(), Some(()));
    });
}

/// A task that gives up may have been the one that was woken.
///
/// Mutant: `pass_on` does nothing. The task has its deadline, the transport its readiness, and nobody drives.
#[test]
fn whoever_gives_up_passes_on() {
    explore("waiters: register, remove and pass_on, ready", || {
        let line = Arc::new(Line::default());
        let other = Arc::clone(&line);
        let reader = spawn(move || {
            let ticket = other.waiters.new_watch();
            let found = park::wait(Some(Instant::now()), |waker| {
                other.waiters.register(ticket, Side::Read, waker.clone());
                if other.look() { Poll::Ready(()) } else { Poll::Pending }
            });
            other.waiters.remove(ticket);
            other.waiters.pass_on();
            found.is_some()
        });
        line.bring();
        let found = reader.join().unwrap();
        assert!(found || line.waiters.take_orders(Waker::noop()));
    });
}
