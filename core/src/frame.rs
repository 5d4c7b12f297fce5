//! The frame's first four bytes: what follows, and how long it is.

use core::ops::RangeInclusive;

use crate::Violation;

/// The longest payload that one frame can carry: what 24 bits can say.
pub const MAX_FRAME: u32 = 0x00FF_FFFF;

/// The longest payload of a skippable frame.
pub const MAX_SKIPPABLE: u32 = 65_536;

/// What a frame carries. `PROTOCOL.md` describes each kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// A whole message.
    Message,
    /// The client's first frame.
    Hello,
    /// The server's answer to it.
    Welcome,
    /// The sender ends the connection and says why.
    Refuse,
    /// A long message is announced with its total length.
    Begin,
    /// The next part of the announced message.
    Chunk,
    /// The announced message is withdrawn.
    Abort,
    /// The sender wants a pong with the same eight bytes.
    Ping,
    /// The answer to a ping, or a sign of life.
    Pong,
    /// The sender has sent its last message, and how many there were.
    Goodbye,
    /// How many messages the sender has taken in.
    GoodbyeAck,
    /// A kind that this version does not know and may ignore.
    Skippable(u8),
}

impl Kind {
    /// The byte on the wire.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Message => 0x00,
            Self::Hello => 0x01,
            Self::Welcome => 0x02,
            Self::Refuse => 0x03,
            Self::Begin => 0x04,
            Self::Chunk => 0x05,
            Self::Abort => 0x06,
            Self::Ping => 0x07,
            Self::Pong => 0x08,
            Self::Goodbye => 0x09,
            Self::GoodbyeAck => 0x0A,
            Self::Skippable(byte) => byte | 0x80,
        }
    }

    /// The name in `PROTOCOL.md`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Hello => "hello",
            Self::Welcome => "welcome",
            Self::Refuse => "refuse",
            Self::Begin => "begin",
            Self::Chunk => "chunk",
            Self::Abort => "abort",
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Goodbye => "goodbye",
            Self::GoodbyeAck => "goodbye-ack",
            Self::Skippable(_) => "skippable",
        }
    }

    /// The lengths that a payload of this kind can have. How long a message may be is up to its receiver, besides.
    #[must_use]
    pub const fn lengths(self) -> RangeInclusive<u32> {
        match self {
            Self::Message => 0..=MAX_FRAME,
            Self::Hello | Self::Welcome => 16..=64,
            Self::Refuse => 2..=64,
            Self::Begin => 4..=4,
            Self::Chunk => 1..=MAX_FRAME,
            Self::Abort => 0..=0,
            Self::Ping | Self::Pong | Self::Goodbye | Self::GoodbyeAck => 8..=8,
            Self::Skippable(_) => 0..=MAX_SKIPPABLE,
        }
    }

    const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0x00 => Self::Message,
            0x01 => Self::Hello,
            0x02 => Self::Welcome,
            0x03 => Self::Refuse,
            0x04 => Self::Begin,
            0x05 => Self::Chunk,
            0x06 => Self::Abort,
            0x07 => Self::Ping,
            0x08 => Self::Pong,
            0x09 => Self::Goodbye,
            0x0A => Self::GoodbyeAck,
            0x0B..=0x7F => return None,
            0x80.. => Self::Skippable(byte),
        })
    }
}

/// The word in front of every payload: the low 24 bits are its length, the high 8 bits its kind.
///
/// ```
/// use bowline_core::frame::{Header, Kind};
///
/// // A whole message looks like a plain 32-bit length prefix.
/// assert_eq!(Header::new(Kind::Message, 5).encode(), 5_u32.to_le_bytes());
/// assert_eq!(Header::decode([8, 0, 0, 7]), Ok(Header::new(Kind::Ping, 8)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    kind: Kind,
    length: u32,
}

impl Header {
    /// A header for a payload of `length` bytes; a length over [`MAX_FRAME`] is cut to it.
    #[must_use]
    pub const fn new(kind: Kind, length: u32) -> Self {
        let length = if length > MAX_FRAME { MAX_FRAME } else { length };
        Self { kind, length }
    }

    /// Reads a header.
    ///
    /// # Errors
    /// [`Violation::UnknownKind`] for a kind that is neither known nor skippable.
    pub const fn decode(word: [u8; 4]) -> Result<Self, Violation> {
        let [a, b, c, kind] = word;
        match Kind::from_byte(kind) {
            Some(kind) => Ok(Self { kind, length: u32::from_le_bytes([a, b, c, 0]) }),
            None => Err(Violation::UnknownKind),
        }
    }

    /// The four bytes on the wire.
    #[must_use]
    pub const fn encode(self) -> [u8; 4] {
        let [a, b, c, _] = self.length.to_le_bytes();
        [a, b, c, self.kind.byte()]
    }

    /// What the frame carries.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.kind
    }

    /// The payload's length in bytes.
    #[must_use]
    pub const fn length(self) -> u32 {
        self.length
    }

    /// Checks the length against what this kind allows, before anything is done with it. How much of an announced message
    /// a chunk may bring only its receiver knows.
    ///
    /// # Errors
    /// [`Violation::TooLong`] for a message over the limit or a skippable frame over [`MAX_SKIPPABLE`],
    /// [`Violation::BadLength`] for a length that the kind can't have.
    pub fn check_length(self, message_limit: u32) -> Result<(), Violation> {
        match self.kind {
            Kind::Message if self.length > message_limit => Err(Violation::TooLong),
            kind if kind.lengths().contains(&self.length) => Ok(()),
            Kind::Skippable(_) => Err(Violation::TooLong),
            _ => Err(Violation::BadLength),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_byte_round_trips_or_is_unknown() {
        for byte in 0..=u8::MAX {
            let word = [0x78, 0x56, 0x34, byte];
            match Header::decode(word) {
                Ok(header) => assert_eq!(header.encode(), word),
                Err(violation) => {
                    assert_eq!(violation, Violation::UnknownKind);
                    assert!((0x0B..=0x7F).contains(&byte));
                }
            }
        }
    }

    #[test]
    fn a_whole_message_is_a_plain_length_prefix_at_every_edge() {
        for length in [0, 1, 255, 256, 65_535, 65_536, MAX_FRAME] {
            assert_eq!(Header::new(Kind::Message, length).encode(), length.to_le_bytes());
        }
    }

    /// Mutant: a kind's own lengths are not looked at.
    #[test]
    fn each_kind_takes_its_lengths_and_nothing_beside_them() {
        for kind in (0..=u8::MAX).filter_map(Kind::from_byte) {
            let (least, most) = kind.lengths().into_inner();
            let check = |length| Header::new(kind, length).check_length(MAX_FRAME);
            assert_eq!((check(least), check(most)), (Ok(()), Ok(())), "{kind:?}");
            if least > 0 {
                assert_eq!(check(least - 1), Err(Violation::BadLength), "{kind:?}");
            }
            if most < MAX_FRAME {
                let expected =
                    if kind.name() == "skippable" { Violation::TooLong } else { Violation::BadLength };
                assert_eq!(check(most + 1), Err(expected), "{kind:?}");
            }
        }
    }

    #[test]
    fn a_message_is_as_long_as_its_receiver_says() {
        assert_eq!(Header::new(Kind::Message, 10).check_length(10), Ok(()));
        assert_eq!(Header::new(Kind::Message, 11).check_length(10), Err(Violation::TooLong));
    }

    #[test]
    fn a_length_that_does_not_fit_never_spills_into_the_kind() {
        assert_eq!(Header::new(Kind::Message, u32::MAX).encode(), [0xFF, 0xFF, 0xFF, 0]);
    }
}
