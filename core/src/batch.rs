//! Small messages that came together and stay together until they are read.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use bytes::Bytes;

use crate::MESSAGE_OVERHEAD;
use crate::storage::{Pack, Packs, SMALL, WORD};

/// Small messages in one piece of memory: as they came, from [`Connection::take_batch`], or as they will be sent, by
/// [`Connection::write_batch`].
///
/// They can be looked at where they are, or be had as [`Bytes`] that share the memory.
///
/// [`Connection::take_batch`]: crate::Connection::take_batch
/// [`Connection::write_batch`]: crate::Connection::write_batch
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// Each message behind its length in four bytes, least significant first.
    frames: Vec<u8>,
    /// Where the first message begins that was not taken.
    from: usize,
    messages: usize,
}

impl Batch {
    /// One without a message.
    #[must_use]
    pub const fn new() -> Self {
        Self { frames: Vec::new(), from: 0, messages: 0 }
    }

    /// Adds a message of at most 4 KiB, if there is room for it: a batch holds at most 512 messages and 64 KiB, so that
    /// nothing waits long behind it. Whether it did.
    #[must_use = "a message that was not added is not sent"]
    pub fn push(&mut self, message: &[u8]) -> bool {
        let wanted = self.frames.len() + WORD + message.len();
        if message.len() > SMALL || self.messages >= MOST || wanted - self.from > FULL {
            return false;
        }
        if wanted > self.frames.capacity() {
            self.grow(wanted);
        }
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        self.frames.extend_from_slice(&length.to_le_bytes());
        self.frames.extend_from_slice(message);
        self.messages += 1;
        true
    }

    /// Never holds more memory than what its messages, the next one included, are charged for.
    #[cold]
    fn grow(&mut self, wanted: usize) {
        let charged = wanted + (self.messages + 1) * (MESSAGE_OVERHEAD - WORD);
        self.frames.reserve_exact(charged.min(wanted * 2) - self.frames.len());
    }

    /// How many messages it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.messages
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.messages == 0
    }

    /// The bytes of all messages together.
    #[must_use]
    pub fn payload_bytes(&self) -> usize {
        Pack::payload_bytes(self)
    }

    /// The messages in their order, where they are.
    #[must_use]
    pub fn iter(&self) -> Messages<'_> {
        Messages(self.frames())
    }

    /// The messages in their order, each as a part of one memory, which lives as long as any of them: who keeps a few for
    /// long should copy them.
    pub fn into_shared(self) -> impl Iterator<Item = Bytes> + Send {
        let (frames, mut from) = (Bytes::from(self.frames), self.from);
        core::iter::from_fn(move || {
            let begin = from + WORD;
            from = begin + first(frames.get(from..)?)?.len();
            Some(frames.slice(begin..from))
        })
    }

    fn pop(&mut self) -> Option<&[u8]> {
        let message = first(&self.frames[self.from..])?;
        self.from += WORD + message.len();
        self.messages -= 1;
        Some(message)
    }
}

impl core::fmt::Debug for Batch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (messages, bytes) = (self.len(), self.payload_bytes());
        f.debug_struct("Batch").field("messages", &messages).field("bytes", &bytes).finish()
    }
}

impl<'a> IntoIterator for &'a Batch {
    type Item = &'a [u8];
    type IntoIter = Messages<'a>;

    fn into_iter(self) -> Messages<'a> {
        self.iter()
    }
}

/// The messages of a [`Batch`], where they are.
#[derive(Clone, Debug)]
pub struct Messages<'a>(&'a [u8]);

impl<'a> Iterator for Messages<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let message = first(self.0)?;
        self.0 = &self.0[WORD + message.len()..];
        Some(message)
    }
}

/// The most messages in a batch that is sent.
const MOST: usize = 512;
/// The most bytes in a batch that is sent, words included: as long as a chunk.
const FULL: usize = 64 << 10;

impl Pack for Batch {
    fn empty() -> Option<Self> {
        Some(Self::new())
    }

    fn frames(&self) -> &[u8] {
        &self.frames[self.from..]
    }

    fn messages(&self) -> usize {
        self.messages
    }

    fn longest(&self) -> usize {
        self.iter().map(<[u8]>::len).max().unwrap_or(0)
    }

    fn push(&mut self, message: &[u8]) -> bool {
        Self::push(self, message)
    }

    fn cut(&mut self, position: usize) -> (usize, Self) {
        let (mut end, mut ended, mut begun) = (0, 0, 0);
        for message in self.iter() {
            if end >= position {
                break;
            }
            end += WORD + message.len();
            begun += 1;
            ended += usize::from(end <= position);
        }
        let rest =
            Self { frames: self.frames.split_off(self.from + end), from: 0, messages: self.messages - begun };
        self.messages = begun;
        (ended, rest)
    }

    fn skip(&mut self, messages: usize) -> usize {
        let before = self.from;
        for _ in 0..messages {
            self.pop();
        }
        self.from - before
    }
}

/// The message at the beginning of these frames.
fn first(frames: &[u8]) -> Option<&[u8]> {
    let (word, rest) = frames.split_first_chunk::<WORD>()?;
    rest.get(..usize::try_from(u32::from_le_bytes(*word)).ok()?)
}

/// Batches that wait, each in memory of its own: what was read frees its memory at the end of its batch.
impl Packs for VecDeque<Batch> {
    const HOLDS: bool = true;

    type Batch = Batch;

    fn push(&mut self, frames: &[u8], messages: usize) {
        self.push_back(Batch { frames: frames.to_vec(), from: 0, messages });
    }

    fn pop_batch(&mut self) -> Option<Batch> {
        let batch = self.pop_front()?;
        release(self);
        Some(batch)
    }

    fn pop<R>(&mut self, take: impl FnOnce(&[u8]) -> R) -> Option<R> {
        let batch = self.front_mut()?;
        let taken = take(batch.pop()?);
        if batch.is_empty() {
            self.pop_front();
            release(self);
        }
        Some(taken)
    }
}

/// An idle connection holds no memory for what may come.
fn release(batches: &mut VecDeque<Batch>) {
    if batches.is_empty() {
        *batches = VecDeque::new();
    }
}
