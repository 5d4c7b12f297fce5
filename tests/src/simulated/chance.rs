//! What a seed decides.

use crate::Numbered;

/// A source of decisions.
pub(super) struct Chance(Numbered);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(Numbered::new(seed))
    }

    /// Another source, which this one determines.
    pub(super) fn split(&mut self) -> Self {
        Self::new(self.0.random() << 32 ^ self.0.random())
    }

    /// From 0 to `count`, exclusively.
    pub(super) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.0.random() % (count as u64).max(1)).unwrap_or(0)
    }

    /// True once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A length from 1 to `most`; often one that ends inside a header.
    pub(super) fn length(&mut self, most: usize) -> usize {
        let most = if self.once_in(4) { most.min(12) } else { most };
        1 + self.below(most)
    }
}
