//! Counting what both processes see.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::BTreeSet;

use crate::trials::Stamp;

/// What is counted.
#[derive(Clone, Copy)]
pub(super) enum Count {
    Messages,
    Lost,
    Duplicated,
    Reordered,
    /// A message that is not as it was made.
    Corrupt,
    /// A connection that ended otherwise than it should, or hung.
    Broken,
    /// A write that was taken back or aborted.
    Withdrawn,
    Connections,
}

const NAMES: [&str; 8] =
    ["messages", "lost", "duplicated", "reordered", "corrupt", "broken", "withdrawn", "connections"];

/// The numbers so far, in the order of [`Count`].
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Counts([u64; NAMES.len()]);

impl Counts {
    /// Reads them out of a line that `Display` has made.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut counts = Self::default();
        let mut numbers = line.split(' ').filter_map(|word| word.parse().ok());
        counts.0.iter_mut().try_for_each(|count| numbers.next().map(|number| *count = number))?;
        Some(counts)
    }

    pub(super) const fn of(&self, count: Count) -> u64 {
        self.0[count as usize]
    }

    /// Both processes' numbers together.
    pub(super) fn plus(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own += other);
        self
    }

    /// How much went wrong.
    pub(super) fn wrong(&self) -> u64 {
        let bad = [Count::Lost, Count::Duplicated, Count::Reordered, Count::Corrupt, Count::Broken];
        bad.into_iter().map(|count| self.of(count)).sum()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = NAMES.iter().zip(self.0).map(|(name, number)| format!("{name} {number}"));
        f.write_str(&pairs.collect::<Vec<_>>().join(" "))
    }
}

/// What a process says of itself from time to time.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Said {
    pub(super) counts: Counts,
    /// Bytes of its heap that are in use.
    pub(super) held: usize,
}

impl Said {
    pub(super) fn now(tally: &Tally, held: fn() -> usize) -> Self {
        Self { counts: tally.counts(), held: held() }
    }

    /// Reads it out of a line that `Display` has made.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let (counts, held) = line.split_once(HELD)?;
        Some(Self { counts: Counts::parse(counts)?, held: held.parse().ok()? })
    }
}

/// Between the counts and the heap.
const HELD: &str = ", heap ";

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{HELD}{}", self.counts, self.held)
    }
}

/// The same numbers, counted by many connections at once.
#[derive(Default)]
pub(super) struct Tally([AtomicU64; NAMES.len()]);

impl Tally {
    pub(super) fn add(&self, count: Count, number: usize) {
        self.0[count as usize].fetch_add(number as u64, Ordering::Relaxed);
    }

    pub(super) fn counts(&self) -> Counts {
        Counts(core::array::from_fn(|index| self.0[index].load(Ordering::Relaxed)))
    }
}

/// The numbers that have come in one direction of one connection.
#[derive(Default)]
pub(super) struct Sequence {
    next: u32,
    missing: BTreeSet<u32>,
}

impl Sequence {
    /// Judges a message.
    pub(super) fn observe(&mut self, message: &[u8], tally: &Tally) {
        tally.add(Count::Messages, 1);
        match Stamp::of(message).map(|stamp| stamp.number) {
            None => tally.add(Count::Corrupt, 1),
            Some(number) if number >= self.next => {
                self.missing.extend(self.next..number);
                self.next = number + 1;
            }
            Some(number) if self.missing.remove(&number) => tally.add(Count::Reordered, 1),
            Some(_seen) => tally.add(Count::Duplicated, 1),
        }
    }

    /// So many were sent: what has not come is lost.
    pub(super) fn end(&self, sent: u32, tally: &Tally) {
        let unseen = usize::try_from(sent.saturating_sub(self.next)).unwrap_or(usize::MAX);
        tally.add(Count::Lost, self.missing.len() + unseen);
    }

    /// How many messages the other side has sent, as far as is known here.
    pub(super) const fn known(&self) -> u32 {
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(numbers: &[u32], sent: u32) -> [u64; 4] {
        let (tally, mut sequence) = (Tally::default(), Sequence::default());
        for number in numbers {
            let stamp = Stamp { stream: 0, number: *number, attempt: 0 };
            sequence.observe(&stamp.message(20), &tally);
        }
        sequence.end(sent, &tally);
        let said = Said::parse(&Said::now(&tally, || 7).to_string()).expect("it reads what it writes");
        assert_eq!(said.held, 7);
        [Count::Messages, Count::Lost, Count::Duplicated, Count::Reordered].map(|count| said.counts.of(count))
    }

    /// Mutant: a number that was skipped is forgotten; or the last ones are not missed.
    #[test]
    fn what_goes_wrong_is_counted() {
        assert_eq!(seen(&[0, 1, 2], 3), [3, 0, 0, 0]);
        assert_eq!(seen(&[0, 2], 3), [2, 1, 0, 0]);
        assert_eq!(seen(&[0, 1], 3), [2, 1, 0, 0]);
        assert_eq!(seen(&[0, 1, 1, 2], 3), [4, 0, 1, 0]);
        assert_eq!(seen(&[0, 2, 1], 3), [3, 0, 0, 1]);
    }
}
