//! The bound on a queue of messages.

use crate::Config;
use crate::storage::Pack;

/// What a queued message is charged beside its payload, in bytes: its place in the queue, its task, and what an
/// allocator adds. A bound on the real cost on 64-bit machines, asserted in this crate's tests.
pub const MESSAGE_OVERHEAD: usize = 192;

/// How much a queue may hold: so many messages or so many bytes, whichever comes first; one message always fits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    messages: usize,
    bytes: usize,
}

impl Limits {
    pub(crate) const fn new(config: &Config) -> Self {
        Self { messages: config.queue_messages, bytes: config.queue_bytes }
    }

    /// Never admits more messages than the storage can hold.
    pub(crate) fn cap_messages(&mut self, capacity: usize) {
        self.messages = self.messages.min(capacity);
    }

    /// What a message of `length` bytes is charged.
    pub(crate) const fn cost(length: usize) -> usize {
        length.saturating_add(MESSAGE_OVERHEAD)
    }

    /// What all messages of a batch are charged.
    pub(crate) fn cost_of(batch: &impl Pack) -> usize {
        batch.payload_bytes().saturating_add(batch.messages().saturating_mul(Self::cost(0)))
    }

    /// Whether a message of `length` bytes may join `messages` others that cost `charged` bytes.
    pub(crate) const fn admit(&self, messages: usize, charged: usize, length: usize) -> bool {
        self.admit_several(messages, charged, 1, Self::cost(length))
    }

    /// Whether `more` messages that cost `cost` bytes may join `messages` others that cost `charged` bytes.
    pub(crate) const fn admit_several(
        &self,
        messages: usize,
        charged: usize,
        more: usize,
        cost: usize,
    ) -> bool {
        messages == 0
            || (messages.saturating_add(more) <= self.messages && charged.saturating_add(cost) <= self.bytes)
    }
}
