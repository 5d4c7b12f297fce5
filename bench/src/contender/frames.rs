//! The framing of all who do it by hand: a little-endian `u32` length in front of each message.

use core::ops::Range;

use anyhow::{Context, ensure};

use crate::Result;
use crate::contender::Batch;

/// So much of a length comes first.
pub(crate) const PREFIX: usize = 4;
/// How much is read or written in one call: nothing is gained past it.
pub(crate) const BLOCK: usize = 256 << 10;
/// Messages from this length on are sent from where they are.
pub(crate) const COPIED_BELOW: usize = 64 << 10;

/// The length of a message as it is sent.
pub(crate) fn prefix(length: usize) -> Result<[u8; PREFIX]> {
    Ok(u32::try_from(length)?.to_le_bytes())
}

/// The length that a prefix tells.
pub(crate) fn length(prefix: [u8; PREFIX]) -> Result<usize> {
    Ok(usize::try_from(u32::from_le_bytes(prefix))?)
}

/// Appends a message with its prefix.
pub(crate) fn append(out: &mut Vec<u8>, message: &[u8]) -> Result {
    out.extend_from_slice(&prefix(message.len())?);
    out.extend_from_slice(message);
    Ok(())
}

/// Bytes that have come and were not looked at. Messages are lent from where they were read to.
pub(crate) struct Inbound {
    bytes: Vec<u8>,
    /// Where reading begins: see [`placed`].
    start: usize,
    /// What of it is filled.
    filled: Range<usize>,
}

/// Memory with so much room, and where in it that begins: in the middle of a page. An allocator's own beginning, 16 bytes behind that
/// of a page, makes AMD's `rep movsb` crawl when the system copies to it.
fn placed(room: usize) -> (Vec<u8>, usize) {
    let bytes = vec![0; room + PAGE];
    let start = (PAGE / 2).wrapping_sub(bytes.as_ptr().addr()) % PAGE;
    (bytes, start)
}

const PAGE: usize = 4096;

impl Inbound {
    pub(crate) fn new(capacity: usize) -> Self {
        let (bytes, start) = placed(capacity);
        Self { bytes, start, filled: start..start }
    }

    /// Where to read to, with room for the rest of the message that has begun.
    pub(crate) fn spare(&mut self) -> Result<&mut [u8]> {
        let missing = self.announced()?.map_or(PREFIX, |length| PREFIX + length);
        let all = self.start..self.start + self.filled.len();
        if self.filled.is_empty() {
            self.filled = all;
        } else if self.filled.start + missing > self.bytes.len() || self.filled.end == self.bytes.len() {
            self.bytes.copy_within(self.filled.clone(), self.start);
            self.filled = all;
        }
        if self.start + missing > self.bytes.len() {
            self.grow(missing);
        }
        Ok(&mut self.bytes[self.filled.end..])
    }

    fn grow(&mut self, room: usize) {
        let (mut bytes, start) = placed(room);
        let filled = start..start + self.filled.len();
        bytes[filled.clone()].copy_from_slice(&self.bytes[self.filled.clone()]);
        *self = Self { bytes, start, filled };
    }

    /// The same for a system that wants the whole block: it comes back by [`take_back`](Self::take_back). From where on there
    /// is room.
    pub(crate) fn hand_out(&mut self) -> Result<(Vec<u8>, usize)> {
        self.spare()?;
        Ok((core::mem::take(&mut self.bytes), self.filled.end))
    }

    pub(crate) fn take_back(&mut self, bytes: Vec<u8>) {
        self.bytes = bytes;
    }

    /// So many bytes were read; `false` if that means the end.
    pub(crate) fn advance(&mut self, count: usize) -> Result<bool> {
        self.filled.end += count;
        ensure!(count > 0 || self.filled.is_empty(), "the stream ended inside of a message");
        Ok(count > 0)
    }

    /// Takes the next whole message, if it is there.
    pub(crate) fn next(&mut self) -> Result<Option<&[u8]>> {
        Ok(self.next_frame()?.map(|frame| &frame[PREFIX..]))
    }

    /// The same with its prefix, ready to be sent back.
    pub(crate) fn next_frame(&mut self) -> Result<Option<&[u8]>> {
        let Some(length) = self.announced()? else { return Ok(None) };
        if self.filled.len() < PREFIX + length {
            return Ok(None);
        }
        let start = self.filled.start;
        self.filled.start = start + PREFIX + length;
        Ok(Some(&self.bytes[start..self.filled.start]))
    }

    /// Takes all whole messages that are there.
    pub(crate) fn drain(&mut self) -> Result<Option<Batch>> {
        let mut batch = None;
        while let Some(message) = self.next()? {
            let count = batch.map_or(1, |batch: Batch| batch.count + 1);
            batch = Some(Batch { count, last: message.len() });
        }
        Ok(batch)
    }

    /// How long the next message is, once its prefix is there.
    pub(crate) fn announced(&self) -> Result<Option<usize>> {
        let Some(bytes) = self.bytes[self.filled.clone()].first_chunk() else { return Ok(None) };
        length(*bytes).map(Some)
    }

    /// Takes what there is of a message whose rest is read elsewhere.
    pub(crate) fn take_beginning(&mut self) -> Result<&[u8]> {
        let start = self.filled.start + PREFIX;
        let beginning = self.bytes.get(start..self.filled.end).context("there is no message")?;
        self.filled = self.start..self.start;
        Ok(beginning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mutant: the beginning of a message that is cut by the end of the block is not moved to its front.
    #[test]
    fn messages_come_whole_wherever_they_are_cut() {
        let mut bytes = Vec::new();
        for size in [0, 1, 64, 300, 5] {
            append(&mut bytes, &vec![0x5A; size]).unwrap();
        }
        for step in 1..bytes.len() {
            let (mut inbound, mut sizes) = (Inbound::new(16), Vec::new());
            for part in bytes.chunks(step) {
                let mut rest = part;
                while !rest.is_empty() {
                    let room = inbound.spare().unwrap();
                    let count = room.len().min(rest.len());
                    room[..count].copy_from_slice(&rest[..count]);
                    assert!(inbound.advance(count).unwrap());
                    rest = &rest[count..];
                    while let Some(message) = inbound.next().unwrap() {
                        assert!(message.iter().all(|&byte| byte == 0x5A));
                        sizes.push(message.len());
                    }
                }
            }
            assert_eq!(sizes, [0, 1, 64, 300, 5], "cut every {step} bytes");
        }
    }
}
