//! The runtime's memory: messages are `Bytes`, but one that the core lets go of is dropped outside of our locks.

use core::mem;
use std::collections::VecDeque;
use std::sync::Arc;

use bowline_core::Batch;
use bowline_core::storage::{Assembly, Buffer, Heap, Storage};
use bytes::Bytes;

use crate::defer;

/// Storage on the heap whose payloads, which may run the user's code when dropped, are dropped by [`defer`].
pub(crate) struct Parcels;

impl Storage for Parcels {
    type Payload = Parcel;
    type Buffer = ParcelBuffer;
    type Queue<T> = VecDeque<T>;
    type Packs = VecDeque<Batch>;
    type Rare<T> = Box<T>;
    type Shared<T: Clone> = Arc<T>;

    const MESSAGE_LIMIT: u32 = Heap::MESSAGE_LIMIT;
}

/// A message.
#[derive(Debug)]
pub(crate) struct Parcel(Bytes);

impl Parcel {
    pub(crate) const fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    pub(crate) fn into_bytes(mut self) -> Bytes {
        mem::take(&mut self.0)
    }
}

impl AsRef<[u8]> for Parcel {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            defer::drop_payload(mem::take(&mut self.0));
        }
    }
}

/// A message while its bytes come in.
pub(crate) struct ParcelBuffer(Assembly);

impl Buffer for ParcelBuffer {
    type Payload = Parcel;

    fn with_total(total: usize) -> Self {
        Self(Assembly::with_total(total))
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn extend(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    fn spare(&mut self, wanted: usize) -> &mut [u8] {
        self.0.spare(wanted)
    }

    fn advance(&mut self, count: usize) {
        self.0.advance(count);
    }

    fn freeze(self) -> Parcel {
        Parcel::new(self.0.freeze())
    }

    fn copy(bytes: &[u8]) -> Parcel {
        Parcel::new(Assembly::copy(bytes))
    }
}
