//! One number for everything that happened.

/// FNV-1a over numbers.
#[derive(Clone, Copy, Debug)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Digest {
    /// Something happened that this number stands for.
    pub const fn note(&mut self, number: u64) {
        self.0 = (self.0 ^ number).wrapping_mul(0x0000_0100_0000_01B3).rotate_left(23);
    }

    /// What stands for everything so far.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}
