//! Messages that say what they are in every byte.

/// What a message is. Its length and this determine all of its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// The sequence that it belongs to.
    pub stream: u32,
    /// Its number there.
    pub number: u32,
    /// How often this number was tried before.
    pub attempt: u32,
}

/// The shortest message that bears a stamp.
const HEAD: usize = 24;
/// After so many words they begin again. Not a divisor of any chunk's size, so that a chunk in the wrong place shows.
const WORDS: u64 = 251;

impl Stamp {
    /// The message of this length, or of the least that a stamp needs.
    #[must_use]
    pub fn message(self, length: usize) -> Vec<u8> {
        let length = length.max(HEAD);
        let head = self.head(length);
        let block: Vec<u8> = (0..WORDS).flat_map(|index| self.word(index).to_le_bytes()).collect();
        let mut message = Vec::with_capacity(length + block.len());
        message.extend(head);
        while message.len() < length {
            message.extend_from_slice(&block);
        }
        message.truncate(length);
        message
    }

    /// Which message this is; `None` if a byte of it is not as it was made.
    #[must_use]
    pub fn of(message: &[u8]) -> Option<Self> {
        let head = message.get(..HEAD)?;
        let field = |index: usize| {
            let bytes = head.get(4 * index..4 * index + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let stamp = Self { stream: field(0)?, number: field(1)?, attempt: field(2)? };
        (stamp.message(message.len()) == message).then_some(stamp)
    }

    fn head(self, length: usize) -> [u8; HEAD] {
        let length = u32::try_from(length).expect("no message is that long");
        let mut head = [0; HEAD];
        let fields = [self.stream, self.number, self.attempt, length];
        for (bytes, field) in head.chunks_mut(4).zip(fields) {
            bytes.copy_from_slice(&field.to_le_bytes());
        }
        // Without it a short message with a wrong field would be another message.
        head[16..].copy_from_slice(&self.word(u64::MAX).to_le_bytes());
        head
    }

    fn word(self, index: u64) -> u64 {
        let spread = |value: u64| value.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let own = spread(u64::from(self.stream) << 32 | u64::from(self.number));
        spread(own ^ u64::from(self.attempt) << 32 ^ index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mutants: only the head is compared; the head has no word of its own.
    #[test]
    fn a_message_is_told_from_a_broken_one() {
        let stamp = Stamp { stream: 7, number: 8, attempt: 9 };
        for length in [0, 24, 25, 32, 1000, 1001] {
            let message = stamp.message(length);
            assert_eq!(Stamp::of(&message), Some(stamp));
            assert_eq!(Stamp::of(&message[..message.len() - 1]), None);
            for index in 0..message.len() {
                let mut broken = message.clone();
                broken[index] ^= 1;
                assert_eq!(Stamp::of(&broken), None, "byte {index} of {length}");
            }
        }
    }
}
