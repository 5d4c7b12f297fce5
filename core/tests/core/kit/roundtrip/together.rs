//! What a program writes together, or without a task.

use bowline_core::storage::{BatchOf, Pack};
use bowline_core::{BatchOutcome, TaskId, WriteRejection};

use super::super::{Memory, message};
use super::Script;
use super::outgoing::{Fate, Outgoing};

impl<M: Memory> Outgoing<M> {
    pub(super) fn post(&mut self, length: usize) {
        let payload = message(self.messages.len(), length);
        match self.end.post(M::payload(&payload)) {
            Ok(copied) => {
                assert!(copied.is_none_or(|copied| copied.as_ref() == payload));
                self.messages.push((payload, Fate::Sent));
            }
            Err(rejected) => assert_eq!(rejected.why, WriteRejection::Full),
        }
    }

    /// Writes a few short messages as one batch, lets some of it leave, and ends it in one way or another.
    pub(super) fn write_batch(&mut self, script: &mut Script<'_>) {
        let Some(mut batch) = BatchOf::<M>::empty() else { return };
        let first = self.messages.len();
        for _ in 0..script.byte() % 5 {
            let payload = message(self.messages.len(), script.length::<M>().min(300));
            assert!(batch.push(&payload), "there is room for a few");
            self.messages.push((payload, Fate::Sent));
        }
        let count = batch.messages();
        let written = self.end.write_batch(batch).map_err(|rejected| rejected.why);
        assert_eq!(written.is_err().then_some(WriteRejection::Empty), written.err().filter(|_| count == 0));
        let Ok(id) = written else { return };
        self.send(script.byte() * 2);
        match script.byte() % 3 {
            0 => self.detach_batch(id, first),
            1 => self.take_batch(id, first),
            _ => self.cancel_batch(id, first),
        }
    }

    fn detach_batch(&mut self, id: TaskId, first: usize) {
        if self.end.detach_write(id) == Some(false) {
            self.cancel_batch(id, first);
        }
    }

    fn take_batch(&mut self, id: TaskId, first: usize) {
        match self.end.take_batch_end(id) {
            None => self.detach_batch(id, first),
            Some(BatchOutcome::Sent { number }) => {
                let kept = self.messages.iter().filter(|(_, fate)| !matches!(fate, Fate::Withdrawn));
                assert_eq!(number, kept.count() as u64);
            }
            Some(_) => panic!("the connection lives"),
        }
    }

    /// What comes back are the last ones, as they were.
    fn cancel_batch(&mut self, id: TaskId, first: usize) {
        let unsent = self.end.cancel_batch(id).expect("it has not ended");
        let from = self.messages.len() - unsent.messages();
        assert!(from >= first, "others come back");
        let frames = self.messages[from..].iter().flat_map(|(payload, _)| {
            let length = u32::try_from(payload.len()).expect("short");
            length.to_le_bytes().into_iter().chain(payload.iter().copied())
        });
        assert!(frames.eq(unsent.frames().iter().copied()), "other messages come back");
        for (_, fate) in &mut self.messages[from..] {
            *fate = Fate::Withdrawn;
        }
    }
}
