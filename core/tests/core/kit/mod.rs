//! What the tests share: two memories, two ends, virtual time.

pub(crate) mod hostile;
pub(crate) mod pair;
pub(crate) mod plain;
pub(crate) mod roundtrip;
pub(crate) mod spec;
pub(crate) mod wire;

use core::fmt::Debug;

use bowline_core::{Heap, Storage};

/// A storage that every test runs on.
pub(crate) trait Memory: Storage<Payload: Clone + PartialEq + Debug> {
    fn payload(bytes: &[u8]) -> Self::Payload;
}

impl Memory for Heap {
    fn payload(bytes: &[u8]) -> Self::Payload {
        bytes::Bytes::copy_from_slice(bytes)
    }
}

/// Eight tasks of each kind, messages of up to 2,048 bytes.
#[cfg(feature = "heapless")]
pub(crate) type Small = bowline_core::Inline<8, 2048>;

#[cfg(feature = "heapless")]
impl Memory for Small {
    fn payload(bytes: &[u8]) -> Self::Payload {
        bytes.try_into().expect("a test message fits")
    }
}

/// Runs generic tests on both memories.
#[allow(unused_macros)]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod heap {
            $(#[test] fn $name() { super::$name::<bowline_core::Heap>(); })+
        }
        #[cfg(feature = "heapless")]
        mod inline {
            $(#[test] fn $name() { super::$name::<crate::kit::Small>(); })+
        }
    };
}
#[allow(unused_imports)]
pub(crate) use on_both;

/// A message of `length` bytes that no other `seed` gives, if it is long enough to tell.
pub(crate) fn message(seed: usize, length: usize) -> Vec<u8> {
    let byte =
        |index: usize| seed.wrapping_mul(37).wrapping_add(index.wrapping_mul(11) ^ (index >> 6)) & 0xFF;
    let mut bytes: Vec<u8> = (0..length).map(|index| u8::try_from(byte(index)).unwrap_or(0)).collect();
    let head = seed.to_le_bytes();
    let told = length.min(4);
    bytes[..told].copy_from_slice(&head[..told]);
    bytes
}

/// A small generator of pseudo-random numbers (xorshift64*), so that a seed means the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D).to_be_bytes()[0]
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        let number = usize::from(self.byte()) << 8 | usize::from(self.byte());
        number % end.max(1)
    }
}
