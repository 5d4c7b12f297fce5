//! The payload of hello and welcome.

use crate::Violation;

/// The version of the protocol that this crate speaks.
pub const VERSION: u16 = 1;

/// The first four bytes of hello and welcome.
pub const MAGIC: [u8; 4] = *b"bwln";

/// What each side tells the other in the handshake.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Hello {
    /// The longest message that the sender takes.
    pub(crate) limit: u32,
    /// How often the sender wants a sign of life, in milliseconds; 0 if it does not care.
    pub(crate) heartbeat: u32,
}

impl Hello {
    pub(crate) const LENGTH: usize = 16;

    pub(crate) fn encode(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..4].copy_from_slice(&MAGIC);
        bytes[4..6].copy_from_slice(&VERSION.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.limit.to_le_bytes());
        bytes[12..].copy_from_slice(&self.heartbeat.to_le_bytes());
        bytes
    }

    /// Reads what this version knows; what follows is a later version's.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Violation> {
        let Some(&[m0, m1, m2, m3, v0, v1, _, _, l0, l1, l2, l3, h0, h1, h2, h3]) = bytes.first_chunk()
        else {
            return Err(Violation::BadLength);
        };
        if [m0, m1, m2, m3] != MAGIC {
            return Err(Violation::BadMagic);
        }
        if u16::from_le_bytes([v0, v1]) != VERSION {
            return Err(Violation::BadVersion);
        }
        Ok(Self {
            limit: u32::from_le_bytes([l0, l1, l2, l3]).min(crate::config::MAX_MESSAGE),
            heartbeat: u32::from_le_bytes([h0, h1, h2, h3]),
        })
    }
}
