//! No test hangs: whatever takes too long fails, with the test's name.

use core::time::Duration;
use std::panic;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Instant;

/// Far more than anything here takes, also on a machine that does something else at the same time, or under Wine.
pub const PATIENCE: Duration = Duration::from_secs(if cfg!(windows) { 300 } else { 60 });

/// Runs a test on a thread of its own; fails if it panics or takes too long. A thread that hangs is left behind.
///
/// # Panics
/// As the test does, or when it takes too long.
pub fn run(name: &str, test: impl FnOnce() + Send + 'static) {
    run_for(PATIENCE + Duration::from_secs(10), name, test);
}

/// Runs a test that may take so long.
///
/// # Panics
/// As [`run`].
pub fn run_for(patience: Duration, name: &str, test: impl FnOnce() + Send + 'static) {
    let (done, finished) = mpsc::channel::<()>();
    let body = thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _done = done;
        test();
    });
    let body = body.expect("a thread can be had");
    match finished.recv_timeout(patience) {
        Err(RecvTimeoutError::Timeout) => panic!("{name} hangs"),
        _ => body.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked)),
    }
}

/// Asks again and again until there is an answer: what is waited for happens on other threads.
///
/// # Panics
/// When it takes too long.
#[track_caller]
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    for asked in 0_u64.. {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "still not: {what}");
        // What does not come soon comes sooner if nobody keeps a processor from it.
        if asked < 100 { thread::yield_now() } else { thread::sleep(Duration::from_millis(1)) }
    }
    unreachable!("a deadline passes")
}

/// Asks again and again until it is so.
///
/// # Panics
/// When it takes too long.
#[track_caller]
pub fn until(what: &str, mut ask: impl FnMut() -> bool) {
    eventually(what, || ask().then_some(()));
}

/// The next thing out of a channel.
///
/// # Panics
/// When it takes too long, or nobody is left to send.
#[track_caller]
#[allow(clippy::must_use_candidate, reason = "often it only matters that something comes")]
pub fn next<T>(what: &str, channel: &Receiver<T>) -> T {
    match channel.recv_timeout(PATIENCE) {
        Ok(thing) => thing,
        Err(error) => panic!("{what}: {error}"),
    }
}
