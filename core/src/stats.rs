//! A connection in numbers.

/// One direction of a connection, in numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub struct Traffic {
    /// Whole messages: received and kept for a reader, or handed over to the transport.
    pub messages: u64,
    /// Their payloads' bytes.
    pub bytes: u64,
    /// Messages that were announced and withdrawn.
    pub aborted: u64,
    /// Messages in the queue now: not read yet, or without an end yet.
    pub queued: usize,
    /// The most messages that ever were in the queue.
    pub most_queued: usize,
}

impl Traffic {
    pub(crate) fn count(&mut self, messages: usize, bytes: usize) {
        self.messages += messages as u64;
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    pub(crate) fn note_queued(&mut self, queued: usize) {
        self.queued = queued;
        self.most_queued = self.most_queued.max(queued);
    }
}

/// Both directions of a connection, in numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// What came from the peer.
    pub received: Traffic,
    /// What went to the peer.
    pub sent: Traffic,
}
