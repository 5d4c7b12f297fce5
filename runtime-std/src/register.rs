//! Registering a descriptor with the system's poller: the one place of this crate that needs `unsafe`.
#![allow(unsafe_code)]

use std::io;
use std::os::fd::AsRawFd;

use polling::{Event, Poller};

use crate::slot::Slot;

/// Registers a slot's descriptor, asking for nothing yet.
///
/// # Errors
/// The system's reason.
pub(crate) fn register(poller: &Poller, slot: &Slot) -> io::Result<()> {
    let descriptor = slot.descriptor().as_raw_fd();
    // SAFETY: `add` asks that the descriptor is deleted from the poller before it is closed. The slot owns it, or a part
    // in owning it, for as long as the slot lives, and `Descriptor` is sealed, for types that keep theirs open. The keeper's
    // table, which lives as long as the process, holds the slot from before this call; the one place that takes it out,
    // the drop of its `Registration`, deletes the descriptor first. One that is never dropped stays in the table.
    unsafe { poller.add(descriptor, Event::none(slot.key())) }
}
