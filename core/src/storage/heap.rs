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
            append(&mut self.data, &part[..count]);
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
        let mut copy = Vec::with_capacity(bytes.len());
        append(&mut copy, bytes);
        Bytes::from(copy)
    }
}

/// Appends bytes for which there is room.
///
/// Where a place lies up to 64 bytes further on in its page than what is copied to it does in its own, AMD's `rep movsb` takes twenty
/// times as long, and the C library copies by that from some 2 or 4 KiB on. In an allocator's memory a stream of messages would
/// meet such a place again and again, or never.
fn append(data: &mut Vec<u8>, bytes: &[u8]) {
    let place = data.as_ptr().addr() + data.len();
    let further = place.wrapping_sub(bytes.as_ptr().addr()) % PAGE;
    if bytes.len() > PIECE && (1..64).contains(&further) {
        bytes.chunks(PIECE).for_each(|piece| data.extend_from_slice(piece));
    } else {
        data.extend_from_slice(bytes);
    }
}

const PAGE: usize = 4096;
/// Short enough to be copied in another way.
const PIECE: usize = 1 << 10;

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

#[cfg(test)]
mod tests {
    use super::*;

    // Mutants: of what is copied in pieces the last one is missing; all of it goes to the front.
    #[test]
    fn a_copy_is_the_same_wherever_it_goes() {
        let bytes: Vec<u8> = (0..=250).cycle().take(3 * PAGE).collect();
        for from in (0..128).chain(PAGE - 64..PAGE) {
            let source = &bytes[from..from + PIECE + 100];
            assert_eq!(Assembly::copy(source), source);
            let mut assembly = Assembly::with_total(3 + source.len());
            assembly.extend(&[1, 2, 3]);
            assembly.extend(source);
            assert_eq!(assembly.freeze(), [&[1, 2, 3], source].concat());
        }
    }
}
