//! How queued messages become frames, and how bytes that left are counted back.

use super::Outbox;
use super::entry::{Entry, Fate};
use crate::storage::{Queue, Storage};

// What the transport does.
impl<S: Storage> Outbox<S> {
    pub(crate) const fn sent(&self) -> u64 {
        self.sent
    }

    /// How many messages are queued, or were until the end, and were not handed over whole.
    pub(crate) fn unsent(&self) -> u64 {
        self.given_up + self.unwalked as u64
    }

    /// Whether every message has left.
    pub(crate) fn is_drained(&self) -> bool {
        self.position == 0 && self.walked == self.entries.len()
    }

    pub(crate) fn has_output(&self) -> bool {
        !self.staged.is_empty() || !self.pending.is_empty() || self.next().is_some()
    }

    /// Whether the transport still owes the confirmation of bytes that it was lent.
    pub(crate) const fn has_lent(&self) -> bool {
        self.handed > self.confirmed
    }

    /// The bytes to send next, in order; returns how many slices were filled.
    pub(crate) fn transmit<'a>(&'a mut self, slices: &mut [&'a [u8]]) -> usize {
        self.stage();
        let mut ahead = Ahead::new(self);
        let mut filled = 0;
        while let Some(slot) = slices.get_mut(filled) {
            let Some(slice) = ahead.next() else { break };
            *slot = slice;
            filled += 1;
        }
        filled
    }

    /// Copies the bytes to send next, up to the first entry of at least `long` bytes; returns how many.
    pub(crate) fn gather(&mut self, room: &mut [u8], long: usize) -> usize {
        self.stage();
        let mut ahead = Ahead::new(self);
        let mut copied = 0;
        loop {
            while let Some((word, payload)) = ahead.next_whole(long.min(room.len() - copied)) {
                room[copied..copied + word.len()].copy_from_slice(word);
                copied += word.len();
                room[copied..copied + payload.len()].copy_from_slice(payload);
                copied += payload.len();
            }
            if ahead.is_next_to(long) {
                break;
            }
            let Some(run) = ahead.next() else { break };
            let count = run.len().min(room.len() - copied);
            room[copied..copied + count].copy_from_slice(&run[..count]);
            copied += count;
            if count < run.len() {
                break;
            }
        }
        copied
    }

    /// Counts `count` bytes as taken over by the transport, which will confirm them later; returns those beyond what
    /// there was to send.
    pub(crate) fn lend(&mut self, mut count: usize) -> usize {
        self.stage();
        loop {
            match self.walk(count) {
                0 => return count,
                walked => count -= walked,
            }
        }
    }

    /// Counts `count` bytes as sent, those lent before first; returns those beyond what there was to send.
    pub(crate) fn transmitted(&mut self, count: usize) -> usize {
        let lent = usize::try_from(self.handed - self.confirmed).unwrap_or(usize::MAX);
        let excess = self.lend(count.saturating_sub(lent));
        self.confirmed = self.confirmed.saturating_add(count as u64).min(self.handed);
        self.settle();
        excess
    }
}

// How bytes become frames.
impl<S: Storage> Outbox<S> {
    /// The entry whose bytes come next.
    fn next(&self) -> Option<&Entry<S>> {
        self.may_send(self.walked).then(|| self.entries.get(self.walked)).flatten()
    }

    /// An abort that waits behind staged frames must leave before the next message begins. Once the connection is over, nothing
    /// is admitted but the message that has begun.
    const fn may_send(&self, index: usize) -> bool {
        index < self.done + self.admitted && !self.pending.has_abort()
    }

    /// Encodes pending control frames once the staged ones have left.
    fn stage(&mut self) {
        if self.staged.is_empty() && !self.pending.is_empty() {
            self.pending.stage(&mut self.staged, self.sent);
        }
    }

    /// Moves on by at most `count` bytes and at most to the end of a frame.
    fn walk(&mut self, count: usize) -> usize {
        let layout = self.next().map(|entry| entry.layout);
        if !self.staged.is_empty() && layout.is_none_or(|layout| layout.is_boundary(self.position)) {
            let step = self.staged.advance(count);
            self.handed += step as u64;
            return step;
        }
        let Some(layout) = layout else { return 0 };
        let left = layout.frame_end(self.position) - self.position;
        let (step, total) = (left.min(count as u64), layout.total());
        self.position += step;
        self.handed += step;
        if self.position == total {
            self.finish_message();
        } else {
            self.finish_abort();
        }
        usize::try_from(step).unwrap_or(count)
    }

    pub(super) fn finish_message(&mut self) {
        if let Some(entry) = self.entries.get_mut(self.walked) {
            let messages = entry.messages();
            self.sent += messages as u64;
            self.unwalked -= messages;
            self.aborts.refund(messages);
            entry.fate = Fate::Handed { end: self.handed, number: self.sent };
            self.tally.count(messages, entry.length());
        }
        self.walked += 1;
        self.position = 0;
    }

    /// Ends an aborted message at the end of its frame.
    pub(super) fn finish_abort(&mut self) {
        let position = self.position;
        let ends = |entry: &Entry<S>| entry.fate == Fate::Aborting && entry.layout.is_boundary(position);
        if self.entries.get(self.walked).is_some_and(ends) {
            // A refusal withdraws it as well, and nothing may follow one.
            if !self.halted {
                self.pending.abort();
            }
            self.tally.aborted += 1;
            self.position = 0;
            self.remove_unsent(self.walked);
            self.stage();
        }
    }
}

/// Looks ahead over the bytes to come without moving.
struct Ahead<'a, S: Storage> {
    outbox: &'a Outbox<S>,
    index: usize,
    position: u64,
    /// Staged frames come at the next boundary, if there are any.
    staged_shown: bool,
}

impl<'a, S: Storage> Ahead<'a, S> {
    fn new(outbox: &'a Outbox<S>) -> Self {
        let staged_shown = outbox.staged.is_empty();
        Self { outbox, index: outbox.walked, position: outbox.position, staged_shown }
    }

    /// The next message in one step, if nothing of it or before it is left, it has one frame, and that takes at most `room`
    /// bytes: its word and its payload.
    fn next_whole(&mut self, room: usize) -> Option<(&'a [u8], &'a [u8])> {
        if self.position > 0 || !self.staged_shown {
            return None;
        }
        let (word, payload) = self.entry().filter(|entry| entry.fate == Fate::Queued)?.whole()?;
        if word.len() + payload.len() > room {
            return None;
        }
        self.index += 1;
        Some((word, payload))
    }

    /// Whether the next bytes are those of an entry of at least `long` bytes, however few are left of it.
    fn is_next_to(&self, long: usize) -> bool {
        self.staged_shown && self.entry().is_some_and(|entry| entry.body().len() >= long)
    }

    fn entry(&self) -> Option<&'a Entry<S>> {
        let outbox = self.outbox;
        outbox.may_send(self.index).then(|| outbox.entries.get(self.index)).flatten()
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        let (outbox, entry) = (self.outbox, self.entry());
        if !self.staged_shown && entry.is_none_or(|entry| entry.layout.is_boundary(self.position)) {
            self.staged_shown = true;
            return Some(outbox.staged.rest());
        }
        let entry =
            entry.filter(|entry| entry.fate != Fate::Aborting || !entry.layout.is_boundary(self.position))?;
        let slice = entry.run(self.position, &outbox.full_word);
        self.position += slice.len() as u64;
        if self.position == entry.layout.total() {
            (self.index, self.position) = (self.index + 1, 0);
        }
        Some(slice)
    }
}
