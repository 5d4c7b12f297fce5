//! The lock file beside a socket: whoever holds it may remove and bind the socket's path.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::entry::Entry;
use crate::{BindError, credentials};

/// How often the lock file may change under us before we call it in use. Each time somebody else got and left it.
const ATTEMPTS: usize = 64;

/// Held while it lives, also against other threads of this process; then the file is removed.
///
/// The kernel lets go of it when the process dies, so there are no stale locks. A forked child that keeps the
/// descriptor keeps the lock.
#[derive(Debug)]
pub(super) struct Lock {
    // In this order: removed first, then released by closing the file.
    _entry: Entry,
    _file: File,
}

impl Lock {
    /// Takes the lock of a socket's path, or gives `None` if somebody has it.
    pub(super) fn acquire(socket: &Path) -> Result<Option<Self>, BindError> {
        let path = beside(socket);
        for _ in 0..ATTEMPTS {
            match hold(&path, open(&path)?)? {
                Attempt::Held(lock) => return Ok(Some(lock)),
                Attempt::Taken => return Ok(None),
                Attempt::Outdated => {}
            }
        }
        Ok(None)
    }
}

enum Attempt {
    Held(Lock),
    Taken,
    /// The last owner removed the file after we had opened it: no one else will ever look at what we have locked.
    Outdated,
}

fn beside(socket: &Path) -> PathBuf {
    let mut path = OsString::from(socket);
    path.push(".lock");
    path.into()
}

fn open(path: &Path) -> Result<File, BindError> {
    // Nonblocking in case that it is a FIFO.
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = match rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR) {
        Ok(descriptor) => File::from(descriptor),
        // A link (FreeBSD says MLINK), a directory, a socket or a device without a driver.
        Err(Errno::LOOP | Errno::MLINK | Errno::ISDIR | Errno::NXIO | Errno::OPNOTSUPP) => {
            return Err(BindError::Occupied { path: path.to_owned() });
        }
        Err(errno) => return Err(BindError::io("open the lock file")(errno.into())),
    };
    check(path, &file)?;
    Ok(file)
}

fn check(path: &Path, file: &File) -> Result<(), BindError> {
    let found = file.metadata().map_err(BindError::io("look at the lock file"))?;
    if !found.is_file() {
        return Err(BindError::Occupied { path: path.to_owned() });
    }
    if Some(found.uid()) != credentials::own_user() {
        return Err(BindError::Foreign { path: path.to_owned(), owner: found.uid() });
    }
    Ok(())
}

fn hold(path: &Path, file: File) -> Result<Attempt, BindError> {
    if !try_lock(&file)? {
        return Ok(Attempt::Taken);
    }
    let metadata = file.metadata().map_err(BindError::io("look at the lock file"))?;
    let entry = Entry::new(path, &metadata);
    if entry.is_in_place() {
        Ok(Attempt::Held(Lock { _entry: entry, _file: file }))
    } else {
        Ok(Attempt::Outdated)
    }
}

fn try_lock(file: &File) -> Result<bool, BindError> {
    match rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(errno) => Err(BindError::io("lock the lock file")(io::Error::from(errno))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn acquire(socket: &Path) -> Option<Lock> {
        Lock::acquire(socket).expect("nothing is in the way")
    }

    #[test]
    fn one_at_a_time_and_gone_with_its_owner() {
        let scratch = Scratch::new();
        let socket = scratch.path().join("socket");
        for _ in 0..3 {
            let lock = acquire(&socket);
            assert!(lock.is_some() && acquire(&socket).is_none());
            drop(lock);
            assert!(!beside(&socket).exists());
        }
    }

    #[test]
    fn a_file_that_was_removed_meanwhile_is_no_lock() {
        let scratch = Scratch::new();
        let socket = scratch.path().join("socket");
        let path = beside(&socket);
        let late = || open(&path).unwrap();
        let first = acquire(&socket);
        let (between_owners, under_another) = (late(), late());
        drop(first);
        assert!(matches!(hold(&path, between_owners), Ok(Attempt::Outdated)));
        let second = acquire(&socket);
        assert!(matches!(hold(&path, under_another), Ok(Attempt::Outdated)));
        // Neither of the two removed what the second owner has.
        assert!(matches!(hold(&path, late()), Ok(Attempt::Taken)));
        drop(second);
    }
}
