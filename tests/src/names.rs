//! Names that no other test uses at the same time.

use core::sync::atomic::{AtomicU64, Ordering};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process;

/// A name that is used once.
#[must_use]
pub fn unique_name() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    format!("bowline-test-{}-{}", process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

/// A directory of our own, removed with everything in it when dropped.
#[derive(Debug)]
pub struct Directory(PathBuf);

impl Default for Directory {
    fn default() -> Self {
        Self::new()
    }
}

impl Directory {
    /// A new and empty one.
    #[must_use]
    pub fn new() -> Self {
        loop {
            let path = std::env::temp_dir().join(unique_name());
            match fs::create_dir(&path) {
                // Of a test that was ended from outside: process ids come again, under Wine with every start.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => {
                    made.expect("the directory for temporary files can be written to");
                    return Self(path);
                }
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _gone_already = fs::remove_dir_all(&self.0);
    }
}
