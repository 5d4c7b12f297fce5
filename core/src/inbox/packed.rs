//! Small messages that come together while nobody waits: they stay together until they are read.

use super::{Inbox, Message, Reading, size};
use crate::gate::Gate;
use crate::limits::Limits;
use crate::storage::{BatchOf, Buffer, Pack, Packs, SMALL, Storage, WORD};

/// A run of whole messages at the beginning of some bytes.
#[derive(Default)]
struct Run {
    /// With the words before them.
    bytes: usize,
    messages: usize,
    charged: usize,
}

/// Messages that wait behind those of the turnstile, whose places they take when somebody asks for them: as long as there
/// are any, no read waits.
impl<S: Storage> Inbox<S> {
    /// Takes in all whole, small messages at the beginning of `bytes`, if no read waits for the first; how many bytes.
    pub(super) fn take_run(&mut self, gate: Gate, bytes: &[u8]) -> Option<usize> {
        let Reading::Word { have: 0, .. } = self.reading else { return None };
        let nobody_waits = self.turnstile.tickets() <= self.turnstile.items();
        if !S::Packs::HOLDS || !nobody_waits || self.discarding || !self.admits_messages(gate) {
            return None;
        }
        let run = self.measure_run(bytes);
        if run.messages == 0 {
            return None;
        }
        self.packs.push(&bytes[..run.bytes], run.messages);
        self.packed += run.messages;
        self.charged += run.charged;
        self.arrived += run.messages as u64;
        self.kept += run.messages as u64;
        self.aborts.refund(run.messages);
        self.tally.count(run.messages, run.bytes - run.messages * WORD);
        self.tally.note_queued(self.waiting());
        Some(run.bytes)
    }

    fn measure_run(&self, bytes: &[u8]) -> Run {
        let (mut run, mut rest, queued) = (Run::default(), bytes, self.waiting());
        while let Some((word, behind)) = rest.split_first_chunk::<WORD>() {
            let length = u32::from_le_bytes(*word);
            let fits = size(length) <= SMALL && size(length) <= behind.len() && length <= self.whole_limit;
            let charged = self.charged + run.charged;
            if !fits || !self.limits.admit(queued + run.messages, charged, size(length)) {
                break;
            }
            run.bytes += word.len() + size(length);
            run.messages += 1;
            run.charged += Limits::cost(size(length));
            rest = &behind[size(length)..];
        }
        run
    }

    /// Gives the first packed message a place of its own, behind the others that have one.
    pub(super) fn unpack(&mut self) -> bool {
        let Some(payload) = self.packs.pop(S::Buffer::copy) else { return false };
        let number = self.kept - self.packed as u64 + 1;
        self.packed -= 1;
        // Queues on the heap, which alone hold packed messages, are never full.
        self.turnstile.push(Message { number, payload }).is_ok()
    }

    /// The first batch of packed messages, if nothing is before it that nobody owns.
    pub(crate) fn take_batch(&mut self) -> Option<BatchOf<S>> {
        if self.turnstile.items() > self.turnstile.tickets() {
            return None;
        }
        let batch = self.packs.pop_batch()?;
        self.packed -= batch.messages();
        self.charged -= Limits::cost_of(&batch);
        self.admit_empty();
        Some(batch)
    }
}
