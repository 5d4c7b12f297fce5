//! Registering a descriptor with tokio: the one place of this crate that needs `unsafe`.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use bowline_net::{Bound, Socket};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::runtime::Handle;

/// Things that own one descriptor, open as long as they live, and always give the same one.
pub(crate) trait OwnsDescriptor: AsRawFd {}

// All three own an `OwnedFd` that can't be exchanged through a shared reference, close it when dropped, and not before.
impl OwnsDescriptor for Socket {}
impl OwnsDescriptor for Bound {}
impl OwnsDescriptor for OwnedFd {}

/// Registers a descriptor with a runtime.
///
/// # Errors
/// The system's reason.
pub(crate) fn register<T: OwnsDescriptor>(
    owner: T,
    interest: Interest,
    runtime: &Handle,
) -> io::Result<AsyncFd<T>> {
    let _context = runtime.enter();
    // SAFETY: `register_with_interest` asks that `as_raw_fd` returns one valid descriptor, always the same, that stays
    // open for the lifetime of the `AsyncFd`. `OwnsDescriptor`, implemented above and nowhere else, is for types that own
    // their descriptor; the `AsyncFd` owns the value, and this crate never calls `get_mut`, so that it can't be exchanged.
    unsafe { AsyncFd::register_with_interest(owner, interest) }.map_err(|error| error.into_parts().1)
}
