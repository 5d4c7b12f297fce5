//! What is told to `tracing` (feature `tracing`) of addresses and strangers. The table of all events is in the runtime's module
//! `view`. Nothing here is called with a lock held.

#![cfg_attr(not(feature = "tracing"), allow(unused_variables, reason = "nobody is told"))]

#[cfg(feature = "tracing")]
use core::panic::AssertUnwindSafe;
use std::io;
#[cfg(feature = "tracing")]
use std::panic::catch_unwind;

#[cfg(unix)]
use bowline_runtime::Peer;

use crate::Candidate;
#[cfg(unix)]
use crate::Unauthorized;
#[cfg(unix)]
use crate::fault::AcceptFault;

/// An address of a server's was tried in vain.
pub(crate) fn address_failed(address: &Candidate, error: &io::Error) {
    #[cfg(feature = "tracing")]
    guarded(|| tracing::debug!(target: "bowline::connect", %address, %error, "an address failed"));
}

/// A peer is refused for who it is.
#[cfg(unix)]
pub(crate) fn not_trusted(peer: &Peer, why: &Unauthorized) {
    #[cfg(feature = "tracing")]
    guarded(|| tracing::warn!(target: "bowline::accept", %peer, %why, "not a peer to trust"));
}

/// The system would not hand over a client; what that means for the server is told elsewhere.
#[cfg(unix)]
pub(crate) fn accept_failed(error: &io::Error, means: AcceptFault) {
    #[cfg(feature = "tracing")]
    match means {
        AcceptFault::Exhausted => {
            guarded(|| tracing::warn!(target: "bowline::accept", %error, "out of resources"));
        }
        _ => guarded(
            || tracing::debug!(target: "bowline::accept", %error, "a client failed before it was here"),
        ),
    }
}

/// A subscriber is the program's code, whose panic must not be the server's end.
#[cfg(feature = "tracing")]
fn guarded(tell: impl FnOnce()) {
    let _reported_by_the_hook = catch_unwind(AssertUnwindSafe(tell));
}
