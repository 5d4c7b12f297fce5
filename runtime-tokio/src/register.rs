//! Registering a descriptor with tokio: the one place of this crate that needs `unsafe`.
#![allow(unsafe_code)]

use std::io;

use bowline_net::Descriptor;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::runtime::Handle;

/// Registers a descriptor with a runtime.
///
/// # Errors
/// The system's reason.
pub(crate) fn register<T: Descriptor>(
    owner: T,
    interest: Interest,
    runtime: &Handle,
) -> io::Result<AsyncFd<T>> {
    let _context = runtime.enter();
    // SAFETY: `register_with_interest` asks that `as_raw_fd` returns one valid descriptor, always the same, that stays
    // open for the lifetime of the `AsyncFd`. `Descriptor` is sealed, and `bowline-net` implements it for types that own
    // their descriptor and keep it until they are dropped (`Socket`, `OwnedFd`, `Bound`) and for no others; the `AsyncFd`
    // owns the value, and this crate never calls `get_mut`, so that it can't be exchanged.
    unsafe { AsyncFd::register_with_interest(owner, interest) }.map_err(|error| error.into_parts().1)
}
