//! Where messages and queues live: on the heap, or in memory of a fixed size.

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

    /// The longest message in bytes that a buffer can hold.
    const MESSAGE_LIMIT: u32;
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
