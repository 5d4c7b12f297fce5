//! What is counted. Client processes hand theirs to the host as one line of numbers.

use core::fmt;
use core::ops::AddAssign;
use core::str::FromStr;

/// Counts of one direction, one client, or everything.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Tally {
    /// Messages that were received and are as they should be, and their bytes.
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    /// Of them, the empty ones and those of the full size.
    pub(crate) empty: u64,
    pub(crate) full_size: u64,
    /// What became of writes that were cancelled.
    pub(crate) aborted: u64,
    pub(crate) recalled: u64,
    pub(crate) too_late: u64,
    /// Writes that the broken connection of a killed client left in doubt.
    pub(crate) unknown: u64,
    /// Reads that were dropped while nothing had come for them, and with their message already there.
    pub(crate) dropped_pending: u64,
    pub(crate) dropped_ready: u64,
    /// Closes that ended clean, and those that did not.
    pub(crate) clean: u64,
    pub(crate) unclean: u64,
    /// What must not be.
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
    pub(crate) reordered: u64,
    pub(crate) partial: u64,
    /// Messages that were received although their sender was told that he had withdrawn them.
    pub(crate) revived: u64,
}

impl Tally {
    fn counts(&mut self) -> [&mut u64; 17] {
        [
            &mut self.messages,
            &mut self.bytes,
            &mut self.empty,
            &mut self.full_size,
            &mut self.aborted,
            &mut self.recalled,
            &mut self.too_late,
            &mut self.unknown,
            &mut self.dropped_pending,
            &mut self.dropped_ready,
            &mut self.clean,
            &mut self.unclean,
            &mut self.lost,
            &mut self.duplicated,
            &mut self.reordered,
            &mut self.partial,
            &mut self.revived,
        ]
    }

    /// Whether nothing happened that must not.
    pub(crate) const fn is_faultless(&self) -> bool {
        self.lost + self.duplicated + self.reordered + self.partial + self.revived + self.unclean == 0
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, mut other: Self) {
        self.counts().into_iter().zip(other.counts()).for_each(|(sum, count)| *sum += *count);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut copy = *self;
        copy.counts().into_iter().try_for_each(|count| write!(f, "{count} "))
    }
}

impl FromStr for Tally {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let mut tally = Self::default();
        let mut numbers = line.split_whitespace().map(str::parse);
        for count in tally.counts() {
            *count = numbers.next().and_then(Result::ok).ok_or_else(|| format!("not a tally: {line:?}"))?;
        }
        Ok(tally)
    }
}
