//! A short text of fixed size, for reasons that travel with a refusal.

use core::fmt;

/// The longest text in bytes.
const CAPACITY: usize = 62;

/// At most 62 bytes of UTF-8, kept without a heap.
///
/// ```
/// use bowline_core::Text;
///
/// assert_eq!(Text::new("come back at nine").as_str(), "come back at nine");
/// assert_eq!(Text::new(&"x".repeat(100)).as_str().len(), 62);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text {
    bytes: [u8; CAPACITY],
    length: u8,
}

impl Text {
    /// The longest text in bytes.
    pub const CAPACITY: usize = CAPACITY;

    /// No text at all.
    pub const EMPTY: Self = Self { bytes: [0; CAPACITY], length: 0 };

    /// Keeps as many whole characters of `text` as fit.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut kept = Self::EMPTY;
        let end = (0..=text.len().min(CAPACITY)).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
        kept.bytes[..end].copy_from_slice(&text.as_bytes()[..end]);
        kept.length = u8::try_from(end).unwrap_or(0);
        kept
    }

    /// Reads a peer's bytes; what is not UTF-8 ends the text, since it is for people only.
    pub(crate) fn from_wire(bytes: &[u8]) -> Self {
        match core::str::from_utf8(bytes) {
            Ok(text) => Self::new(text),
            Err(error) => Self::from_wire(&bytes[..error.valid_up_to()]),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or("")
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
