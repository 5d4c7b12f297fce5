//! The one clock: protocol time counts from the first look at it.

use std::sync::LazyLock;
use std::time::Instant as SystemInstant;

use bowline_core::Instant;

use crate::sync;

static ORIGIN: LazyLock<SystemInstant> = LazyLock::new(SystemInstant::now);

pub(crate) fn now() -> Instant {
    Instant::from_origin(sync::since(*ORIGIN))
}

/// The system's name for a point in protocol time; `None` for one beyond the system's range.
pub(crate) fn to_system(at: Instant) -> Option<SystemInstant> {
    ORIGIN.checked_add(at.elapsed_since_origin())
}
