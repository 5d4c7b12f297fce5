//! How a process's memory grows.

use core::time::Duration;
use std::fs;

/// What a page holds.
const PAGE: usize = 4096;
const MIB: f64 = 1_048_576.0;
/// So much of a run is warm-up: ten minutes of an hour. What is left has to be long, since what some long messages occupy for
/// a moment makes a sample differ from the next by a megabyte.
const WARM_UP: f64 = 1.0 / 6.0;

/// What of a process is in memory, in bytes.
pub(super) fn resident(process: u32) -> Option<usize> {
    let text = fs::read_to_string(format!("/proc/{process}/statm")).ok()?;
    text.split(' ').nth(1)?.parse::<usize>().ok().map(|pages| pages * PAGE)
}

/// What a process occupied, in hours since the start and MiB.
#[derive(Default)]
pub(super) struct Memory(Vec<(f64, f64)>);

impl Memory {
    /// So much it was, so long after the start.
    pub(super) fn sample(&mut self, since: Duration, bytes: usize) {
        self.0.push((since.as_secs_f64() / 3600.0, bytes as f64 / MIB));
    }

    /// The latest, in MiB.
    pub(super) fn latest(&self) -> f64 {
        self.0.last().map_or(0.0, |(_hours, mib)| *mib)
    }

    /// The slope of the line of least squares after the warm-up, in MiB an hour.
    pub(super) fn slope(&self) -> f64 {
        let end = self.0.last().map_or(0.0, |(hours, _mib)| *hours);
        let warm: Vec<_> = self.0.iter().filter(|(hours, _mib)| *hours >= end * WARM_UP).collect();
        let mean = |values: fn(&(f64, f64)) -> f64| {
            let count = warm.iter().fold(0.0, |count, _sample| count + 1.0);
            warm.iter().map(|sample| values(sample)).sum::<f64>() / count
        };
        let (middle, level) = (mean(|sample| sample.0), mean(|sample| sample.1));
        let along: f64 = warm.iter().map(|(hours, mib)| (hours - middle) * (mib - level)).sum();
        let spread: f64 = warm.iter().map(|(hours, _mib)| (hours - middle).powi(2)).sum();
        if spread > 0.0 { along / spread } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mutant: the warm-up counts.
    #[test]
    fn the_warm_up_is_left_out() {
        let after_warm_up = |hours: f64| 30.0 + 2.5 * hours;
        let hours = (0..=100).map(|step| f64::from(step) / 100.0);
        let samples = hours.map(|hours| (hours, if hours < 0.15 { 0.0 } else { after_warm_up(hours) }));
        assert!((Memory(samples.collect()).slope() - 2.5).abs() < 1e-9);
        assert!(Memory::default().slope().abs() < 1e-9);
    }
}
