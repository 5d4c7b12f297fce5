//! The header inside each message that makes it checkable: whose it is, which one, how long, and the hash of the rest.

use bowline_tokio::Bytes;
use twox_hash::XxHash3_64;

use crate::plan::{Direction, Stream, mix};

/// How long a header is. All numbers in it are little-endian:
/// client 4, direction 1, kind 1, zeros 2, number 8, length of the content 8, hash 8.
pub(crate) const HEADER_LENGTH: u32 = 32;
const HEADER: usize = HEADER_LENGTH as usize;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Envelope {
    pub(crate) client: u32,
    pub(crate) direction: Direction,
    pub(crate) kind: Kind,
    pub(crate) number: u64,
}

/// What a message is there for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// The first one up: who the client is.
    Hello,
    /// A piece of the files.
    Content,
    /// The last one: the numbers that were withdrawn, eight bytes each.
    Account,
    /// There and back.
    Ping,
}

impl Envelope {
    pub(crate) const fn of(stream: &Stream, kind: Kind, number: u64) -> Self {
        Self { client: stream.client, direction: stream.direction, kind, number }
    }

    /// A message whose content, `length` bytes, `fill` appends.
    pub(crate) fn seal(self, length: u32, fill: impl FnOnce(&mut Vec<u8>)) -> Bytes {
        let mut message = Vec::with_capacity(HEADER + usize::try_from(length).unwrap_or(0));
        message.extend_from_slice(&self.client.to_le_bytes());
        message.extend_from_slice(&[self.direction as u8, self.kind as u8, 0, 0]);
        message.extend_from_slice(&self.number.to_le_bytes());
        message.extend_from_slice(&[0; 16]);
        fill(&mut message);
        let content = (message.len() - HEADER) as u64;
        message[16..24].copy_from_slice(&content.to_le_bytes());
        let hash = hash(&message);
        message[24..HEADER].copy_from_slice(&hash.to_le_bytes());
        message.into()
    }

    /// The header and the content; `None` if not every byte is as it was sealed.
    pub(crate) fn open(message: &[u8]) -> Option<(Self, &[u8])> {
        let (header, content) = message.split_at_checked(HEADER)?;
        let length = u64::from_le_bytes(header[16..24].try_into().ok()?);
        let sealed = u64::from_le_bytes(header[24..].try_into().ok()?);
        if length != content.len() as u64 || sealed != hash(message) || header[6..8] != [0, 0] {
            return None;
        }
        let envelope = Self {
            client: u32::from_le_bytes(header[..4].try_into().ok()?),
            direction: if header[4] == Direction::Up as u8 { Direction::Up } else { Direction::Down },
            kind: Kind::from_byte(header[5])?,
            number: u64::from_le_bytes(header[8..16].try_into().ok()?),
        };
        Some((envelope, content))
    }
}

impl Kind {
    const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Hello,
            1 => Self::Content,
            2 => Self::Account,
            3 => Self::Ping,
            _ => return None,
        })
    }
}

/// The hash of the content, seeded with the header's own fields so that it covers them.
fn hash(message: &[u8]) -> u64 {
    let (header, content) = message.split_at(HEADER);
    let seed =
        header[..24].as_chunks().0.iter().fold(0, |seed, field| mix(seed, u64::from_le_bytes(*field), 3));
    XxHash3_64::oneshot_with_seed(seed, content)
}
