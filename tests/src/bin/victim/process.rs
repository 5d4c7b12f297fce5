//! What the system says about this process, and how it talks to whoever started it.

use core::fmt::Display;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use bowline_tests::watchdog;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Prints one result.
pub(crate) fn print(name: &str, value: impl Display) {
    println!("{name} {value}");
    io::stdout().flush().expect("whoever started this listens");
}

/// Blocks until whoever started this has said a line, or has nothing more to say.
pub(crate) fn wait_for_a_line() {
    let mut byte = [0];
    while !matches!(io::stdin().read(&mut byte), Ok(0) | Err(_)) && byte != *b"\n" {}
}

/// How many descriptors are open.
pub(crate) fn descriptors() -> usize {
    open_descriptors().count()
}

/// How many of them are sockets. What an adapter opens for itself, once, are none.
pub(crate) fn sockets() -> usize {
    open_descriptors().filter(|target| target.to_string_lossy().starts_with("socket:")).count()
}

/// What they are.
fn open_descriptors() -> impl Iterator<Item = PathBuf> {
    let listed = fs::read_dir("/proc/self/fd").expect("the system lists descriptors");
    // The one that was for the listing leads to a directory.
    listed.flatten().filter_map(|entry| fs::read_link(entry.path()).ok()).filter(|target| !target.is_dir())
}

/// Waits until no more are open than these: others are closed by threads of the library's.
///
/// # Panics
/// When some stay open: a leak.
pub(crate) fn expect_closed(at_most: usize, count: fn() -> usize) {
    watchdog::until("descriptors are closed", || count() <= at_most);
}

/// Lets the process open only so many more descriptors. The limit is on their numbers, some of which may be taken already,
/// however high.
pub(crate) fn limit_descriptors(more: usize) {
    let listed = fs::read_dir("/proc/self/fd").expect("the system lists descriptors").flatten();
    let taken: BTreeSet<u64> = listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    let limit = (0..).filter(|number| !taken.contains(number)).nth(more);
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: limit, maximum }).expect("less is allowed");
}

/// A number out of `/proc/self/status`.
pub(crate) fn status(name: &str) -> usize {
    let text = fs::read_to_string("/proc/self/status").expect("the system says so");
    let value = text.lines().find_map(|line| line.strip_prefix(name)).expect("there is such a line");
    value.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a number")
}
