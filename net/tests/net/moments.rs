//! What is true at every moment, not only afterwards. Linux can promise it; elsewhere a socket that does not listen yet
//! may look wider.

use core::sync::atomic::{AtomicBool, Ordering};
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::thread;

use crate::bound;
use crate::paths::place;
use crate::scale::times;
use crate::scratch::Scratch;

/// Watches the path until enough sockets have been there, and it has seen enough of them; gives the widest permissions
/// that any of them had.
fn watch(path: &Path, bound_often: &AtomicBool) -> u32 {
    let mut widest = 0;
    let mut seen = 0;
    while seen < 10_000 || !bound_often.load(Ordering::Relaxed) {
        if let Ok(found) = fs::symlink_metadata(path) {
            assert!(found.file_type().is_socket());
            widest |= found.mode() & 0o7777;
            seen += 1;
        }
    }
    widest
}

/// Mutant: the permissions are set after the socket is bound.
#[test]
fn a_socket_is_never_wider_even_for_a_moment() {
    let scratch = Scratch::new();
    let (path, endpoint) = place(&scratch);
    let bound_often = AtomicBool::new(false);
    let widest = thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(&path, &bound_often));
        let mut binds = 0;
        while !watcher.is_finished() {
            drop(bound(&endpoint));
            binds += 1;
            bound_often.store(binds >= times(500, 10_000), Ordering::Relaxed);
        }
        watcher.join().unwrap()
    });
    assert_eq!(widest, 0o600);
}
