//! How one message lies on the wire: which bytes stand where, and where its frames end.

use core::ops::Range;

use crate::frame::{Header, Kind};

const WORD: u64 = 4;
const BEGIN: u64 = 8;

/// The shape of one message on the wire: a word and the payload, or an announcement and chunks.
///
/// A position counts the message's bytes on the wire from 0. Everything here is arithmetic on positions; the bytes are
/// the outbox's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Layout {
    length: u32,
    /// The size of a chunk; 0 for a message that goes whole, [`PACKED`] for a batch, whose words are in its bytes.
    chunk: u32,
}

const PACKED: u32 = u32::MAX;

/// A run of bytes inside one frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Run {
    /// Of the message's first bytes: the word of a whole message, or the begin frame.
    Head(Range<usize>),
    /// Of the word before a full chunk.
    FullWord(Range<usize>),
    /// Of the word before the last, shorter chunk.
    LastWord(Range<usize>),
    /// Of the payload.
    Payload(Range<usize>),
}

impl Layout {
    pub(crate) const fn whole(length: u32) -> Self {
        Self { length, chunk: 0 }
    }

    pub(crate) const fn chunked(length: u32, chunk: u32) -> Self {
        Self { length, chunk: if length > chunk { chunk } else { 0 } }
    }

    pub(crate) const fn packed(length: u32) -> Self {
        Self { length, chunk: PACKED }
    }

    pub(crate) const fn is_chunked(self) -> bool {
        self.chunk > 0 && !self.is_packed()
    }

    pub(crate) const fn is_packed(self) -> bool {
        self.chunk == PACKED
    }

    /// How many bytes the message takes on the wire.
    pub(crate) fn total(self) -> u64 {
        match self.chunk {
            0 => WORD + u64::from(self.length),
            PACKED => u64::from(self.length),
            chunk => BEGIN + u64::from(self.length.div_ceil(chunk)) * WORD + u64::from(self.length),
        }
    }

    /// Whether `position` lies between two frames.
    pub(crate) fn is_boundary(self, position: u64) -> bool {
        position == 0 || position == self.total() || (self.is_chunked() && self.in_chunk(position) == Some(0))
    }

    /// Where the frame that holds the byte at `position` ends.
    pub(crate) fn frame_end(self, position: u64) -> u64 {
        match self.in_chunk(position) {
            None if !self.is_chunked() => self.total(),
            None => BEGIN,
            Some(within) => (position - within + WORD + u64::from(self.chunk)).min(self.total()),
        }
    }

    /// Whether the message can still be aborted: its last frame has not begun.
    pub(crate) fn can_abort(self, position: u64) -> bool {
        let ends = if self.is_boundary(position) { position } else { self.frame_end(position) };
        self.is_chunked() && ends < self.total()
    }

    /// The run of bytes from `position` to the end of its part of the frame.
    pub(crate) fn run(self, position: u64) -> Run {
        let Some(within) = self.in_chunk(position) else {
            let head = self.head_length();
            if position < head {
                return Run::Head(index(position)..index(head));
            }
            return Run::Payload(index(position - head)..index(u64::from(self.length)));
        };
        let start = self.chunk_start(position);
        let size = u64::from(self.chunk).min(u64::from(self.length) - start);
        match within {
            0..WORD if size == u64::from(self.chunk) => Run::FullWord(index(within)..index(WORD)),
            0..WORD => Run::LastWord(index(within)..index(WORD)),
            _ => Run::Payload(index(start + within - WORD)..index(start + size)),
        }
    }

    /// The bytes of the payload; of a batch, those of its frames.
    pub(crate) const fn length(self) -> u32 {
        self.length
    }

    const fn head_length(self) -> u64 {
        match self.chunk {
            0 => WORD,
            PACKED => 0,
            _ => BEGIN,
        }
    }

    /// The message's first bytes; a whole message has four, an announced one eight.
    pub(crate) fn head(self, plain: bool) -> [u8; 8] {
        let mut head = [0; 8];
        let length = self.length.to_le_bytes();
        if self.is_chunked() {
            head[..4].copy_from_slice(&Header::new(Kind::Begin, 4).encode());
            head[4..].copy_from_slice(&length);
        } else if plain {
            head[..4].copy_from_slice(&length);
        } else {
            head[..4].copy_from_slice(&Header::new(Kind::Message, self.length).encode());
        }
        head
    }

    /// The word before the last chunk.
    pub(crate) fn last_word(self) -> [u8; 4] {
        Header::new(Kind::Chunk, self.length.checked_rem(self.chunk).unwrap_or(0)).encode()
    }

    /// How far `position` is inside its chunk's frame; `None` outside of chunks.
    fn in_chunk(self, position: u64) -> Option<u64> {
        if !self.is_chunked() || position < BEGIN {
            return None;
        }
        Some((position - BEGIN) % (WORD + u64::from(self.chunk)))
    }

    /// Where in the payload the chunk around `position` begins.
    fn chunk_start(self, position: u64) -> u64 {
        (position - BEGIN) / (WORD + u64::from(self.chunk)) * u64::from(self.chunk)
    }
}

/// A position as an index; never beyond memory, since the payload is in memory.
fn index(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks a message run by run and checks that payload and frames come out gapless, for every length and chunk size.
    #[test]
    fn runs_cover_the_message_without_gap_or_overlap() {
        for (length, chunk) in (0..40_u32).flat_map(|length| (1..12_u32).map(move |chunk| (length, chunk))) {
            let layout = Layout::chunked(length, chunk);
            let (mut position, mut payload, mut frames) = (0, 0, 0);
            while position < layout.total() {
                let end = layout.frame_end(position);
                assert!(layout.is_boundary(end), "{layout:?} at {position}");
                let size = match layout.run(position) {
                    Run::Payload(range) => {
                        assert_eq!(range.start, payload, "{layout:?} at {position}");
                        payload = range.end;
                        range.len()
                    }
                    Run::Head(range) | Run::FullWord(range) | Run::LastWord(range) => range.len(),
                };
                position += u64::try_from(size).unwrap();
                assert!(size > 0 && position <= end, "{layout:?} at {position}");
                frames += u32::from(position == end);
            }
            assert_eq!(payload, usize::try_from(length).unwrap());
            assert_eq!(frames, if length > chunk { 1 + length.div_ceil(chunk) } else { 1 });
        }
    }

    #[test]
    fn a_message_can_be_aborted_until_its_last_frame_begins() {
        let layout = Layout::chunked(10, 4); // begin 0..8, chunks 8..16, 16..24, 24..30
        for position in 0..=30 {
            assert_eq!(layout.can_abort(position), position <= 24, "at {position}");
        }
        assert!((0..=9).all(|position| !Layout::whole(5).can_abort(position)));
    }
}
