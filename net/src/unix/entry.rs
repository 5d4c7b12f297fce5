//! A name in a directory that this process made, and removes again.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Removes its path when dropped, if it is still the same file and this is still the same process.
#[derive(Debug)]
pub(super) struct Entry {
    path: PathBuf,
    device: u64,
    inode: u64,
    /// A forked child has a copy of all this, but the path stays its parent's.
    process: u32,
}

impl Entry {
    /// The file that is at the path now; a link stands for itself.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self::new(path, &fs::symlink_metadata(path)?))
    }

    /// A file that was opened at the path, which may have changed since.
    pub(super) fn new(path: &Path, file: &Metadata) -> Self {
        let process = std::process::id();
        Self { path: path.to_owned(), device: file.dev(), inode: file.ino(), process }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether this is the very file. Sure only while something keeps that file open: numbers are used again.
    pub(super) fn is(&self, file: &Metadata) -> bool {
        (self.device, self.inode) == (file.dev(), file.ino())
    }

    /// Whether the path still leads to this file.
    pub(super) fn is_in_place(&self) -> bool {
        fs::symlink_metadata(&self.path).is_ok_and(|found| self.is(&found))
    }

    /// Removes the path, unless it leads elsewhere by now or is another process's.
    pub(super) fn remove(&self) -> io::Result<()> {
        if self.process != std::process::id() || !self.is_in_place() {
            return Ok(());
        }
        fs::remove_file(&self.path)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // A failure leaves a stale file, which the next server knows how to handle.
        let _ = self.remove();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn file(scratch: &Scratch) -> PathBuf {
        let path = scratch.path().join("file");
        fs::write(&path, "").expect("a scratch directory takes files");
        path
    }

    #[test]
    fn goes_with_its_file() {
        let scratch = Scratch::new();
        let path = file(&scratch);
        drop(Entry::of(&path).unwrap());
        assert!(!path.exists());
    }

    #[test]
    fn leaves_another_file_alone() {
        let scratch = Scratch::new();
        let path = file(&scratch);
        let entry = Entry::of(&path).unwrap();
        // Kept, so that the new file gets another number.
        fs::rename(&path, scratch.path().join("elsewhere")).unwrap();
        file(&scratch);
        assert!(!entry.is_in_place());
        drop(entry);
        assert!(path.exists());
    }

    #[test]
    fn leaves_a_link_to_its_file_alone() {
        let scratch = Scratch::new();
        let path = file(&scratch);
        let entry = Entry::of(&path).unwrap();
        let elsewhere = scratch.path().join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        drop(entry);
        assert!(path.is_symlink() && elsewhere.exists());
    }

    #[test]
    fn a_forked_child_removes_nothing() {
        let scratch = Scratch::new();
        let path = file(&scratch);
        let mut inherited = Entry::of(&path).unwrap();
        inherited.process = 0;
        drop(inherited);
        assert!(path.exists());
    }
}
