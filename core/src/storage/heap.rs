//! Storage on the heap: queues that grow, messages as `Bytes`.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use bytes::Bytes;

use super::{Buffer, GROWTH, Queue, Storage};

/// Storage on the heap. Messages are [`Bytes`], queues grow as needed within the connection's limits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Heap;

impl Storage for Heap {
    type Payload = Bytes;
    type Buffer = Assembly;
    type Queue<T> = VecDeque<T>;
    type Packs = VecDeque<crate::Batch>;
    type Rare<T> = Box<T>;
    type Shared<T: Clone> = Arc<T>;

    const MESSAGE_LIMIT: u32 = crate::config::MAX_MESSAGE;
}

/// A message on the heap while its bytes come in.
#[derive(Debug, Default)]
pub struct Assembly {
    data: Vec<u8>,
    filled: usize,
    total: usize,
}

impl Assembly {
    /// Reserves exactly what is needed next, so that a peer's announcement alone costs nothing.
    fn reserve(&mut self, wanted: usize) -> usize {
        let wanted = wanted.min(self.total - self.filled);
        if self.data.capacity() < self.filled + wanted {
            let ahead = wanted.max(GROWTH).min(self.total - self.filled);
            self.data.reserve_exact(self.filled + ahead - self.data.len());
        }
        wanted
    }

    /// The message's bytes as a plain vector.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<u8> {
        self.data.truncate(self.filled);
        self.data
    }
}

impl Buffer for Assembly {
    type Payload = Bytes;

    fn with_total(total: usize) -> Self {
        Self { data: Vec::new(), filled: 0, total }
    }

    fn len(&self) -> usize {
        self.filled
    }

    fn extend(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(GROWTH) {
            self.data.truncate(self.filled);
            let count = self.reserve(part.len());
            self.data.extend_from_slice(&part[..count]);
            self.filled += count;
        }
    }

    fn spare(&mut self, wanted: usize) -> &mut [u8] {
        let count = self.reserve(wanted.min(GROWTH));
        if self.data.len() < self.filled + count {
            self.data.resize(self.filled + count, 0);
        }
        &mut self.data[self.filled..self.filled + count]
    }

    fn advance(&mut self, count: usize) {
        self.filled = (self.filled + count).min(self.data.len());
    }

    fn freeze(self) -> Bytes {
        Bytes::from(self.into_vec())
    }

    fn copy(bytes: &[u8]) -> Bytes {
        Bytes::copy_from_slice(bytes)
    }
}

impl<T> Queue<T> for VecDeque<T> {
    const CAPACITY: usize = usize::MAX;

    fn len(&self) -> usize {
        VecDeque::len(self)
    }

    fn get(&self, index: usize) -> Option<&T> {
        VecDeque::get(self, index)
    }

    fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        VecDeque::get_mut(self, index)
    }

    fn push_back(&mut self, element: T) -> Result<(), T> {
        VecDeque::push_back(self, element);
        Ok(())
    }

    fn pop_front(&mut self) -> Option<T> {
        VecDeque::pop_front(self)
    }

    fn remove(&mut self, index: usize) -> Option<T> {
        if index == 0 { VecDeque::pop_front(self) } else { VecDeque::remove(self, index) }
    }

    fn rest(&mut self) {
        self.shrink_to_fit();
    }
}
