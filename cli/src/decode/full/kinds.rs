//! What the two greetings say: PROTOCOL.md, section 2.

use bowline_core::{MAGIC, MAX_MESSAGE, VERSION, Violation};

use super::Wrong;
use crate::decode::frame::Meaning;

/// What a hello or a welcome says.
pub(super) fn greeting(payload: &[u8]) -> Result<Meaning, Wrong> {
    let number = |at: usize| u32::from_le_bytes(array(&payload[at..]));
    let version = u16::from_le_bytes(array(&payload[4..]));
    if payload[..4] != MAGIC {
        return Err((
            4,
            Violation::BadMagic,
            format!("{:?} instead of \"bwln\"", payload[..4].escape_ascii().to_string()),
        ));
    }
    if version != VERSION {
        return Err((8, Violation::BadVersion, format!("version {version}, and this tool knows {VERSION}")));
    }
    Ok(Meaning::Greeting {
        limit: number(8).min(MAX_MESSAGE),
        heartbeat: number(12),
        more: payload.len() - 16,
    })
}

/// The first bytes; the length was checked before.
pub(super) fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}
