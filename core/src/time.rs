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

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
