//! What handles show of themselves in a log: short, never a payload, and never by waiting for a lock.

use core::fmt::{self, Debug};
use std::sync::TryLockError;

use crate::drive::Driven;
use crate::link::Link;
use crate::sync::{Mutex, MutexGuard};

impl Link {
    /// Looks at the connection; `None` while somebody holds its lock.
    pub(crate) fn glance<R>(&self, look: impl FnOnce(&Driven) -> R) -> Option<R> {
        self.try_lock().map(|driven| look(&driven))
    }
}

/// The lock, if nobody holds it.
pub(crate) fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// What was seen, or that somebody holds the lock.
pub(crate) struct Seen<T>(pub(crate) Option<T>);

impl<T: Debug> Debug for Seen<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(seen) => seen.fmt(f),
            None => f.write_str("<locked>"),
        }
    }
}
