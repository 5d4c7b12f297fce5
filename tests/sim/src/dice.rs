//! Pseudo-random numbers, one stream for each purpose, so that a draw more in one shifts no other.

use core::time::Duration;

/// A stream of numbers that its seed and purpose decide.
#[derive(Clone, Debug)]
pub(crate) struct Dice(fastrand::Rng);

impl Dice {
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// A number from 0 up to `end`, which is not reached.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.usize(0..end.max(1))
    }

    pub(crate) fn per_mille(&mut self, chance: usize) -> bool {
        self.below(1000) < chance
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.0.bool()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.0.u8(..)
    }

    pub(crate) fn pair(&mut self) -> u16 {
        self.0.u16(..)
    }

    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A number from 1 to 2^`bits`, each order of magnitude as likely as the others.
    pub(crate) fn magnitude(&mut self, bits: usize) -> usize {
        let top = 1_usize << self.below(bits + 1);
        top / 2 + 1 + self.below(top - top / 2)
    }

    /// A delay around `mean`: mostly short, now and then long.
    pub(crate) fn delay(&mut self, mean: Duration) -> Duration {
        let halvings = u32::try_from(self.below(7)).unwrap_or(0);
        let eighths = u32::try_from(self.below(16)).unwrap_or(0);
        mean * 4 * eighths / 16 / (1 << halvings)
    }
}
