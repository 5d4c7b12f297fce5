//! Messages of very different lengths that can be told whole from broken.

/// An endless sequence of messages that a seed determines: each says its number in every byte that it has.
#[derive(Debug)]
pub struct Numbered {
    state: u64,
    number: u64,
}

impl Numbered {
    /// The sequence of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed, number: 0 }
    }

    /// A number that looks random (Knuth's generator).
    pub fn random(&mut self) -> u64 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.state >> 33
    }
}

impl Iterator for Numbered {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let most = [20, 1000, 70_000, 400_000][usize::try_from(self.random() % 4).unwrap_or(0)];
        let length = usize::try_from(self.random() % most).unwrap_or(0);
        self.number += 1;
        let mut message = self.number.to_le_bytes().repeat(length / 8 + 1);
        message.truncate(length);
        Some(message)
    }
}
