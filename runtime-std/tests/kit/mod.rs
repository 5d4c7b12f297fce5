//! What the tests share.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses a part; it is a test")]

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::fs;
use std::os::unix::net::UnixStream;
use std::panic;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use bowline_std::{Config, Connect, Role, Socket, from_stream};

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a test on a thread of its own, so that none hangs.
#[track_caller]
pub(crate) fn watched(test: impl FnOnce() + Send + 'static) {
    let (done, finished) = mpsc::channel::<()>();
    let body = thread::spawn(move || {
        let _done = done;
        test();
    });
    match finished.recv_timeout(2 * PATIENCE) {
        Err(RecvTimeoutError::Timeout) => panic!("it hangs"),
        _ => body.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked)),
    }
}

#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "still not: {what}");
        thread::yield_now();
    }
}

/// A name that no other test has.
pub(crate) fn unique(kind: &str) -> String {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    format!("bowline-std-{kind}-{}-{number}", std::process::id())
}

pub(crate) fn pair_with(config: Config) -> (Socket, Socket) {
    let (left, right) = UnixStream::pair().unwrap();
    ends(from_stream(left, Role::Server, config, "left"), from_stream(right, Role::Client, config, "right"))
}

pub(crate) fn pair() -> (Socket, Socket) {
    pair_with(Config::new())
}

pub(crate) fn ends(one: Connect, other: Connect) -> (Socket, Socket) {
    (one.wait().unwrap(), other.wait().unwrap())
}

/// Answers until nothing more comes.
pub(crate) fn echo(socket: &Socket) {
    while let Ok(message) = socket.read().wait() {
        if socket.write(message).wait().is_err() {
            return;
        }
    }
}

/// Runs `work` on a thread and returns once that thread sleeps in the system.
pub(crate) fn asleep<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    let (told, id) = mpsc::channel();
    let thread = thread::spawn(move || {
        told.send(fs::read_link("/proc/thread-self").unwrap_or_default()).unwrap();
        work()
    });
    let id = id.recv().unwrap();
    // It may sleep for a moment on its way, too: what comes next must be right then as well.
    until("the thread sleeps", || {
        thread.is_finished() || id.as_os_str().is_empty() || state(&id) == Some('S')
    });
    thread
}

fn state(thread: &PathBuf) -> Option<char> {
    let stat = fs::read_to_string(PathBuf::from("/proc").join(thread).join("stat")).ok()?;
    stat.rsplit(") ").next()?.chars().next()
}

/// The names of this process's threads.
pub(crate) fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("comm")).ok()).collect()
}

pub(crate) fn library_threads() -> usize {
    threads().iter().filter(|name| name.starts_with("bowline-")).count()
}
