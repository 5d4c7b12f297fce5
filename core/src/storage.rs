//! Where messages and queues live: on the heap, or in memory of a fixed size.

use core::convert::Infallible;
use core::ops::{Deref, DerefMut};

#[cfg(feature = "alloc")]
mod heap;
#[cfg(feature = "heapless")]
mod inline;

#[cfg(feature = "alloc")]
pub use heap::{Assembly, Heap};
#[cfg(feature = "heapless")]
pub use inline::{Inline, InlineBuffer};

/// How far a buffer may grow ahead of the bytes that have come: 64 KiB, whatever length the peer announced.
pub const GROWTH: usize = 64 << 10;

/// The memory of a connection or listener, chosen once, at the type.
///
/// [`Heap`] and [`Inline`] come with the crate; another implementation may use a pool or an arena.
pub trait Storage {
    /// A whole message.
    type Payload: AsRef<[u8]>;
    /// A message while its bytes come in.
    type Buffer: Buffer<Payload = Self::Payload>;
    /// A queue of anything.
    type Queue<T>: Queue<T>;
    /// Small messages that came together and wait together; `()` where each gets a place of its own at once.
    type Packs: Packs;
    /// Something of which there rarely is one: on a heap a place of its own, so that there is only room for a pointer to it as
    /// long as there is none. Without a heap [`InPlace`].
    type Rare<T>: From<T> + DerefMut<Target = T>;
    /// Something that never changes and that several connections may have in common; [`InPlace`] if they can't.
    type Shared<T: Clone>: From<T> + Deref<Target = T> + Clone;

    /// The longest message in bytes that a buffer can hold.
    const MESSAGE_LIMIT: u32;
}

/// A thing where it is, for storages that have no other place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct InPlace<T>(T);

impl<T> From<T> for InPlace<T> {
    fn from(thing: T) -> Self {
        Self(thing)
    }
}

impl<T> Deref for InPlace<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for InPlace<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// A message while its bytes come in.
///
/// What it allocates never exceeds what it has received by more than [`GROWTH`].
pub trait Buffer {
    /// What it becomes.
    type Payload;

    /// An empty buffer for a message of `total` bytes.
    fn with_total(total: usize) -> Self;

    /// How many bytes have come.
    fn len(&self) -> usize;

    /// Whether no byte has come.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds bytes, as many as fit into the announced total.
    fn extend(&mut self, bytes: &[u8]);

    /// Room for the next bytes, at most `wanted` and at most [`GROWTH`].
    fn spare(&mut self, wanted: usize) -> &mut [u8];

    /// Counts the first `count` bytes of the spare room as received.
    fn advance(&mut self, count: usize);

    /// The whole message.
    fn freeze(self) -> Self::Payload;

    /// A message whose bytes have all come already, at most [`Storage::MESSAGE_LIMIT`] of them.
    #[must_use]
    fn copy(bytes: &[u8]) -> Self::Payload
    where
        Self: Sized,
    {
        let mut buffer = Self::with_total(bytes.len());
        buffer.extend(bytes);
        buffer.freeze()
    }
}

/// Batches of small messages, in order. What a batch allocates never exceeds what its messages are charged for, until the
/// last of them is taken.
pub trait Packs: Default {
    /// Whether it takes any.
    const HOLDS: bool;

    /// Messages that stay together.
    type Batch: Pack;

    /// Adds so many messages behind the others; each is preceded by its length in four bytes, least significant first. Called
    /// only if it [takes any](Self::HOLDS).
    fn push(&mut self, frames: &[u8], messages: usize);

    /// Takes the first batch.
    fn pop_batch(&mut self) -> Option<Self::Batch>;

    /// Takes the first message.
    fn pop<R>(&mut self, take: impl FnOnce(&[u8]) -> R) -> Option<R>;
}

/// Every message has a place of its own.
impl Packs for () {
    const HOLDS: bool = false;

    type Batch = Infallible;

    fn push(&mut self, _frames: &[u8], _messages: usize) {}

    fn pop_batch(&mut self) -> Option<Self::Batch> {
        None
    }

    fn pop<R>(&mut self, _take: impl FnOnce(&[u8]) -> R) -> Option<R> {
        None
    }
}

/// The batches of a storage.
pub type BatchOf<S> = <<S as Storage>::Packs as Packs>::Batch;

/// Small messages in one piece of memory, each preceded by its length in four bytes, least significant first.
pub trait Pack: Sized {
    /// One without a message; `None` where there are none such.
    fn empty() -> Option<Self>;

    /// All of it, as it is sent.
    fn frames(&self) -> &[u8];

    /// How many messages it holds.
    fn messages(&self) -> usize;

    /// The length of the longest message in bytes.
    fn longest(&self) -> usize;

    /// Adds a message, if it is small and there is room for it; whether it did.
    fn push(&mut self, message: &[u8]) -> bool;

    /// Cuts off the messages of which no byte is before `position`; how many messages end there or before, and what was
    /// cut off.
    fn cut(&mut self, position: usize) -> (usize, Self);

    /// Drops so many messages at the front; how many bytes these were.
    fn skip(&mut self, messages: usize) -> usize;

    /// The bytes of all messages together.
    fn payload_bytes(&self) -> usize {
        self.frames().len() - self.messages() * WORD
    }
}

/// Longer messages cost more to copy together than a place of their own does.
pub(crate) const SMALL: usize = 4 << 10;
/// The length of a length.
pub(crate) const WORD: usize = 4;

impl Pack for Infallible {
    fn empty() -> Option<Self> {
        None
    }

    fn frames(&self) -> &[u8] {
        match *self {}
    }

    fn messages(&self) -> usize {
        match *self {}
    }

    fn longest(&self) -> usize {
        match *self {}
    }

    fn push(&mut self, _message: &[u8]) -> bool {
        match *self {}
    }

    fn cut(&mut self, _position: usize) -> (usize, Self) {
        match *self {}
    }

    fn skip(&mut self, _messages: usize) -> usize {
        match *self {}
    }
}

/// A double-ended queue with access by position.
pub trait Queue<T>: Default {
    /// The most elements that it can ever hold.
    const CAPACITY: usize;

    /// How many elements it holds.
    fn len(&self) -> usize;

    /// Whether it holds none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at `index`, counted from the front.
    fn get(&self, index: usize) -> Option<&T>;

    /// The element at `index`, counted from the front.
    fn get_mut(&mut self, index: usize) -> Option<&mut T>;

    /// Adds an element at the back.
    ///
    /// # Errors
    /// Hands the element back when the queue is full.
    fn push_back(&mut self, element: T) -> Result<(), T>;

    /// Takes the element at the front.
    fn pop_front(&mut self) -> Option<T> {
        self.remove(0)
    }

    /// Takes the element at `index`; the order of the others stays.
    fn remove(&mut self, index: usize) -> Option<T>;

    /// Gives back memory that it does not need now. Elements stay; the next ones may have to fetch memory anew.
    fn rest(&mut self) {}

    /// Where the element with this key is, or where it would stand; the keys must ascend. Both ends are found at once.
    ///
    /// # Errors
    /// The position at which it would stand, if there is none.
    fn search<K: Ord>(&self, key: &K, key_of: impl Fn(&T) -> K) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        let last = high.saturating_sub(1);
        if let Some(end) =
            [last, 0].into_iter().find(|&end| self.get(end).is_some_and(|at| key_of(at) == *key))
        {
            return Ok(end);
        }
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).map(|element| key_of(element).cmp(key)) {
                Some(core::cmp::Ordering::Equal) => return Ok(middle),
                Some(core::cmp::Ordering::Less) => low = middle + 1,
                _ => high = middle,
            }
        }
        Err(low)
    }
}
