//! Protocol time: a monotonic point that the driver passes in.

use core::time::Duration;

/// A point in time, in nanoseconds since an origin that the driver chooses.
///
/// The core has no clock. Whoever drives it reads a monotonic one and passes the reading in; all readings given to one
/// connection must share one origin. Arithmetic saturates, so that no clock, however wrong, can cause a panic. The range
/// is 584 years.
///
/// ```
/// use bowline_core::Instant;
/// use core::time::Duration;
///
/// let start = Instant::from_origin(Duration::from_secs(5));
/// let later = start + Duration::from_millis(250);
/// assert_eq!(later.since(start), Duration::from_millis(250));
/// assert_eq!(start.since(later), Duration::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Instant(u64);

impl Instant {
    /// The point that lies `elapsed` after the origin.
    #[must_use]
    pub fn from_origin(elapsed: Duration) -> Self {
        Self(nanoseconds(elapsed))
    }

    /// How long ago the origin was at this point.
    #[must_use]
    pub const fn elapsed_since_origin(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// The time from `earlier` to this point; zero if `earlier` is in fact later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl core::ops::Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanoseconds(duration)))
    }
}

impl core::ops::Add<Span> for Instant {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

/// A duration in half the room, up to 584 years.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(u64);

impl Span {
    #[expect(clippy::cast_possible_truncation, reason = "compared first; `try_from` is not const")]
    pub(crate) const fn of(duration: Duration) -> Self {
        let nanoseconds = duration.as_nanos();
        Self(if nanoseconds > u64::MAX as u128 { u64::MAX } else { nanoseconds as u64 })
    }

    pub(crate) const fn seconds(seconds: u64) -> Self {
        Self::of(Duration::from_secs(seconds))
    }

    pub(crate) const fn get(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    pub(crate) const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl core::fmt::Debug for Span {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.get().fmt(f)
    }
}

/// An instant or none, in the room of an instant; the last one of the range stands for none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mark(u64);

impl Mark {
    pub(crate) const NONE: Self = Self(u64::MAX);

    /// The instant; the last of the range becomes the one before.
    pub(crate) const fn at(instant: Instant) -> Self {
        Self(if instant.0 == u64::MAX { u64::MAX - 1 } else { instant.0 })
    }

    pub(crate) const fn get(self) -> Option<Instant> {
        if self.is_none() { None } else { Some(Instant(self.0)) }
    }

    pub(crate) const fn is_none(self) -> bool {
        self.0 == u64::MAX
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
