//! Storage of a fixed size, for machines without a heap.

use heapless::{Deque, Vec};

use super::{Buffer, GROWTH, InPlace, Queue, Storage};

/// Storage without a heap: every queue holds `COUNT` elements, a message at most `SIZE` bytes.
///
/// A whole connection takes at most `2 × (COUNT + 1) × SIZE + 88 × COUNT + 776` bytes on a 32-bit machine, `SIZE` rounded
/// up to 4 and counted as 64 if it is less: `COUNT` messages each way, one more that comes in whole, one that comes in
/// chunks, what is noted of each, and the rest. `examples/no_heap` asserts it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inline<const COUNT: usize, const SIZE: usize>;

impl<const COUNT: usize, const SIZE: usize> Storage for Inline<COUNT, SIZE> {
    type Payload = Vec<u8, SIZE>;
    type Buffer = InlineBuffer<SIZE>;
    type Queue<T> = Deque<T, COUNT>;
    type Packs = ();
    type Rare<T> = InPlace<T>;
    type Shared<T: Clone> = InPlace<T>;

    const MESSAGE_LIMIT: u32 = {
        assert!(COUNT > 0, "a queue that holds nothing would lose messages");
        saturate(SIZE)
    };
}

#[expect(clippy::cast_possible_truncation, reason = "compared first; `try_from` is not const")]
const fn saturate(size: usize) -> u32 {
    if size > crate::config::MAX_MESSAGE as usize { crate::config::MAX_MESSAGE } else { size as u32 }
}

/// A message of at most `SIZE` bytes while they come in.
#[derive(Debug, Default)]
pub struct InlineBuffer<const SIZE: usize> {
    data: Vec<u8, SIZE>,
    filled: usize,
    total: usize,
}

impl<const SIZE: usize> Buffer for InlineBuffer<SIZE> {
    type Payload = Vec<u8, SIZE>;

    fn with_total(total: usize) -> Self {
        Self { data: Vec::new(), filled: 0, total: total.min(SIZE) }
    }

    fn len(&self) -> usize {
        self.filled
    }

    fn extend(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(GROWTH) {
            let spare = self.spare(part.len());
            let count = spare.len();
            spare.copy_from_slice(&part[..count]);
            self.filled += count;
        }
    }

    fn spare(&mut self, wanted: usize) -> &mut [u8] {
        let end = (self.filled + wanted.min(GROWTH)).min(self.total);
        if self.data.len() < end && self.data.resize(end, 0).is_err() {
            return &mut [];
        }
        &mut self.data[self.filled..end]
    }

    fn advance(&mut self, count: usize) {
        self.filled = (self.filled + count).min(self.data.len());
    }

    fn freeze(mut self) -> Self::Payload {
        self.data.truncate(self.filled);
        self.data
    }
}

impl<T, const COUNT: usize> Queue<T> for Deque<T, COUNT> {
    const CAPACITY: usize = COUNT;

    fn len(&self) -> usize {
        Deque::len(self)
    }

    fn get(&self, index: usize) -> Option<&T> {
        Deque::get(self, index)
    }

    fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        Deque::get_mut(self, index)
    }

    fn push_back(&mut self, element: T) -> Result<(), T> {
        Deque::push_back(self, element)
    }

    fn remove(&mut self, index: usize) -> Option<T> {
        if index >= Deque::len(self) {
            return None;
        }
        for position in (0..index).rev() {
            self.swap(position, position + 1);
        }
        Deque::pop_front(self)
    }
}
