//! What is known of each kind of frame: PROTOCOL.md, section 1.

use core::ops::RangeInclusive;

use bowline_core::frame::{Kind, MAX_FRAME};
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

/// The lengths that a kind can have.
pub(super) const fn lengths(kind: Kind) -> RangeInclusive<u32> {
    match kind {
        Kind::Hello | Kind::Welcome => 16..=64,
        Kind::Refuse => 2..=64,
        Kind::Begin => 4..=4,
        Kind::Abort => 0..=0,
        Kind::Ping | Kind::Pong | Kind::Goodbye | Kind::GoodbyeAck => 8..=8,
        Kind::Chunk => 1..=MAX_FRAME,
        _ => 0..=MAX_FRAME,
    }
}

/// The name in PROTOCOL.md.
pub(super) const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Message => "message",
        Kind::Hello => "hello",
        Kind::Welcome => "welcome",
        Kind::Refuse => "refuse",
        Kind::Begin => "begin",
        Kind::Chunk => "chunk",
        Kind::Abort => "abort",
        Kind::Ping => "ping",
        Kind::Pong => "pong",
        Kind::Goodbye => "goodbye",
        Kind::GoodbyeAck => "goodbye-ack",
        Kind::Skippable(_) => "skippable",
        _ => "unknown",
    }
}
