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

/// What is counted as it happens.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    messages: u64,
    bytes: u64,
    pub(crate) aborted: u64,
    most_queued: usize,
}

/// The same in less memory, if the rarer numbers are small.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sums {
    messages: u64,
    bytes: u64,
    aborted: u32,
    most_queued: u32,
}

impl Sums {
    pub(crate) fn of(tally: Tally) -> Option<Self> {
        let Tally { messages, bytes, .. } = tally;
        let aborted = u32::try_from(tally.aborted).ok()?;
        Some(Self { messages, bytes, aborted, most_queued: u32::try_from(tally.most_queued).ok()? })
    }

    pub(crate) fn tally(self) -> Tally {
        let Self { messages, bytes, .. } = self;
        let most_queued = usize::try_from(self.most_queued).unwrap_or(usize::MAX);
        Tally { messages, bytes, aborted: u64::from(self.aborted), most_queued }
    }
}

impl Tally {
    pub(crate) fn count(&mut self, messages: usize, bytes: usize) {
        self.messages += messages as u64;
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    pub(crate) fn note_queued(&mut self, queued: usize) {
        self.most_queued = self.most_queued.max(queued);
    }

    pub(crate) const fn messages(&self) -> u64 {
        self.messages
    }

    pub(crate) const fn with_queued(self, queued: usize) -> Traffic {
        let Self { messages, bytes, aborted, most_queued } = self;
        Traffic { messages, bytes, aborted, queued, most_queued }
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
