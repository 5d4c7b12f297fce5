//! Figures that are gathered on the way.

use core::time::Duration;

/// Times that were measured.
#[derive(Clone, Debug, Default)]
pub(super) struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub(super) fn add(&mut self, time: Duration) {
        self.0.push(time);
    }
}

/// Least, middle, 99 of 100, most.
impl core::fmt::Display for Times {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at =
            |share: usize| sorted.get((sorted.len().max(1) - 1) * share / 100).copied().unwrap_or_default();
        let [least, middle, late, most] = [0, 50, 99, 100].map(|share| at(share).as_secs_f64() * 1000.0);
        write!(f, "{least:.1}/{middle:.1}/{late:.1}/{most:.1} ms (least/half/99%/most)")
    }
}
