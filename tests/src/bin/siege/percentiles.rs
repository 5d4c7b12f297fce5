//! Round trips in numbers.

use core::fmt;

/// Microseconds: half of the round trips took no longer than the first, 99 of 100 no longer than the second.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Percentiles {
    pub(crate) count: usize,
    pub(crate) half: u32,
    pub(crate) p99: u32,
    pub(crate) most: u32,
}

impl Percentiles {
    pub(crate) fn of(mut times: Vec<u32>) -> Self {
        times.sort_unstable();
        let at = |share: usize| times.get(times.len().saturating_sub(1) * share / 100).copied().unwrap_or(0);
        Self { count: times.len(), half: at(50), p99: at(99), most: at(100) }
    }

    /// What another process printed.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut numbers = line.split_whitespace();
        let count = numbers.next()?.parse().ok()?;
        let mut next = || numbers.next()?.parse().ok();
        Some(Self { count, half: next()?, p99: next()?, most: next()? })
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.count, self.half, self.p99, self.most)
    }
}
