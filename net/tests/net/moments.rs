//! What is true at every moment, not only afterwards. Linux can promise it; elsewhere a socket that does not listen yet
//! may look wider.

use core::sync::atomic::{AtomicBool, Ordering};
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::thread;

use crate::bound;
use crate::paths::place;
use crate::scratch::Scratch;

/// Watches the path until it has seen enough sockets there; gives the widest permissions that any of them had.
fn watch(path: &Path, done: &AtomicBool) -> u32 {
    let mut widest = 0;
    let mut seen = 0;
    while seen < 10_000 {
        if let Ok(found) = fs::symlink_metadata(path) {
            assert!(found.file_type().is_socket());
            widest |= found.mode() & 0o7777;
            seen += 1;
        }
    }
    done.store(true, Ordering::Relaxed);
    widest
}

#[test]
fn a_socket_is_never_wider_even_for_a_moment() {
    let scratch = Scratch::new();
    let (path, endpoint) = place(&scratch);
    let done = AtomicBool::new(false);
    let widest = thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(&path, &done));
        while !done.load(Ordering::Relaxed) && !watcher.is_finished() {
            drop(bound(&endpoint));
        }
        watcher.join().unwrap()
    });
    assert_eq!(widest, 0o600);
}
