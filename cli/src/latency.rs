//! How long things took: a histogram, and what is read from it.

use core::fmt;
use core::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// Latencies in nanoseconds, to three digits.
pub(crate) type Latencies = Histogram<u64>;

/// An empty histogram.
pub(crate) fn empty() -> Latencies {
    Latencies::new(3).expect("it has three digits")
}

/// Counts one; the histogram grows with the longest.
pub(crate) fn record(latencies: &mut Latencies, took: Duration) {
    let nanoseconds = nanoseconds(took);
    if latencies.record(nanoseconds).is_err() {
        // Longer than any histogram reaches.
        latencies.saturating_record(nanoseconds);
    }
}

/// What is read from a histogram, in nanoseconds.
#[derive(Serialize, Clone, Copy, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) min_ns: u64,
    pub(crate) mean_ns: f64,
    pub(crate) p50_ns: u64,
    pub(crate) p90_ns: u64,
    pub(crate) p99_ns: u64,
    pub(crate) p999_ns: u64,
    pub(crate) max_ns: u64,
}

impl Summary {
    /// `None` of a histogram in which nothing was counted.
    pub(crate) fn of(latencies: &Latencies) -> Option<Self> {
        let quantile = |share| latencies.value_at_quantile(share);
        (!latencies.is_empty()).then(|| Self {
            min_ns: latencies.min(),
            mean_ns: latencies.mean(),
            p50_ns: quantile(0.5),
            p90_ns: quantile(0.9),
            p99_ns: quantile(0.99),
            p999_ns: quantile(0.999),
            max_ns: latencies.max(),
        })
    }
}

/// On one line, as `ping` shows it.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values =
            [self.min_ns as f64, self.mean_ns, self.p50_ns as f64, self.p99_ns as f64, self.max_ns as f64];
        let [min, mean, p50, p99, max] = values.map(show);
        write!(f, "min/avg/p50/p99/max = {min} / {mean} / {p50} / {p99} / {max}")
    }
}

/// Nanoseconds in the unit that fits: `830 ns`, `23.4 µs`, `1.20 ms`, `3.00 s`.
pub(crate) fn show(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ..1e3 => return format!("{nanoseconds:.0} ns"),
        ..1e6 => (nanoseconds / 1e3, "µs"),
        ..1e9 => (nanoseconds / 1e6, "ms"),
        _ => (nanoseconds / 1e9, "s"),
    };
    match value {
        ..10.0 => format!("{value:.2} {unit}"),
        ..100.0 => format!("{value:.1} {unit}"),
        _ => format!("{value:.0} {unit}"),
    }
}

/// A duration's nanoseconds, as far as they fit.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_fits_its_value() {
        let shown = [1.0, 999.0, 1_000.0, 23_420.0, 412_000.0, 1.2e6, 3e9].map(show);
        assert_eq!(shown, ["1 ns", "999 ns", "1.00 µs", "23.4 µs", "412 µs", "1.20 ms", "3.00 s"]);
    }

    // Mutant: what is longer than all before is cut to it.
    #[test]
    fn everything_is_counted() {
        let mut latencies = empty();
        assert_eq!(Summary::of(&latencies), None);
        for took in [Duration::ZERO, Duration::from_micros(5), Duration::from_secs(90)] {
            record(&mut latencies, took);
        }
        assert_eq!(latencies.len(), 3);
        let summary = Summary::of(&latencies).unwrap();
        assert!((4_990..=5_010).contains(&summary.p50_ns), "{summary:?}");
        assert!(summary.max_ns >= 89_000_000_000, "{summary:?}");
    }
}
