//! A spawned future's result and the task that waits for it.

use core::task::{Context, Poll, Waker};
use std::sync::Arc;

use super::{explore, spawn};
use crate::park;
use crate::promise::Promise;

fn taken(promise: &Promise<u32>) -> Option<u32> {
    park::wait(None, |waker| promise.poll(Some(waker))).flatten()
}

/// Mutant: `poll` looks under one lock and registers under another. The result falls in between: deadlock.
#[test]
fn a_waiting_task_gets_the_result() {
    explore("promise: poll, fulfil", || {
        let promise = Promise::new();
        let worker = Arc::clone(&promise);
        let work = spawn(move || assert_eq!(worker.fulfil(1), None));
        assert_eq!(taken(&promise), Some(1));
        assert_eq!(promise.poll(None), Poll::Ready(None));
        work.join().unwrap();
    });
}

/// The future's own result against the error that is due when its executor drops it.
///
/// Mutant: `fulfil` hands the value back only if it was abandoned. Both values are accepted, one is overwritten.
#[test]
fn one_result_is_accepted() {
    explore("promise: fulfil, fulfil, poll", || {
        let promise = Promise::new();
        let (one, two) = (Arc::clone(&promise), Arc::clone(&promise));
        let one = spawn(move || one.fulfil(1));
        let two = spawn(move || two.fulfil(2));
        let taken = taken(&promise);
        let mut all = [one.join().unwrap(), two.join().unwrap(), taken].map(Option::unwrap_or_default);
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2], "one was taken, the other handed back");
    });
}

/// Mutant: `fulfil` looks at `abandoned` under one lock and stores under another. The value ends up in a promise that
/// nobody looks into: a socket would stay open until the promise itself is dropped.
#[test]
fn a_result_is_taken_or_handed_back() {
    explore("promise: fulfil, poll and abandon", || {
        let promise = Promise::new();
        let worker = Arc::clone(&promise);
        let work = spawn(move || worker.fulfil(1));
        let taken = match promise.poll(Some(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => promise.abandon(),
        };
        let back = work.join().unwrap();
        assert_eq!(taken.or(back), Some(1));
        assert!(taken.is_none() || back.is_none(), "there are two of it");
        assert_eq!(promise.abandon(), None);
    });
}

/// Mutant: `poll_abandoned` looks before it registers, each under a lock of its own: deadlock.
#[test]
fn the_worker_hears_that_nobody_wants_the_result() {
    explore("promise: poll_abandoned, abandon", || {
        let promise = Promise::<u32>::new();
        let owner = Arc::clone(&promise);
        let leave = spawn(move || assert_eq!(owner.abandon(), None));
        let heard = park::wait(None, |waker| promise.poll_abandoned(&mut Context::from_waker(waker)));
        assert_eq!((heard, promise.fulfil(1)), (Some(()), Some(1)));
        leave.join().unwrap();
    });
}

/// Mutant: `poll_done` takes the value, so that `any` throws it away. Not a matter of order, but of two ways to wait.
#[test]
fn looking_takes_nothing() {
    explore("promise: poll_done, fulfil", || {
        let promise = Promise::new();
        let worker = Arc::clone(&promise);
        let work = spawn(move || assert_eq!(worker.fulfil(1), None));
        let done =
            |waker: &Waker| if promise.poll_done(Some(waker)) { Poll::Ready(()) } else { Poll::Pending };
        assert_eq!(park::wait(None, done), Some(()));
        assert_eq!(promise.poll(None), Poll::Ready(Some(1)));
        work.join().unwrap();
    });
}
