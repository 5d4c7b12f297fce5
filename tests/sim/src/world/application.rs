//! What the programs at both ends do with their tasks.

use core::time::Duration;

use bowline_core::{Cancelled, Refusal, Rejected, State, Status, TaskId, Text, WriteRejection};

use super::World;
use crate::end::Memory;
use crate::marks::Mark;
use crate::model::End;
use crate::step::{Action, Side};

impl<M: Memory> World<M> {
    pub(super) fn apply(&mut self, place: usize, side: Side, action: Action, argument: usize) {
        if self.links[place].end(side).is_none() {
            return;
        }
        match action {
            Action::Write => self.write(place, side, argument, false),
            Action::TryWrite => self.write(place, side, argument, true),
            Action::Read => self.read(place, side),
            Action::Take => self.take(place, side, argument),
            Action::TakeUnclaimed => self.take_unclaimed(place, side),
            Action::DropRead => self.drop_read(place, side, argument),
            Action::CancelWrite => self.cancel_write(place, side, argument),
            Action::DetachWrite => self.detach_write(place, side, argument),
            Action::ForgetWrite => self.forget_write(place, side, argument),
            Action::TakeWrite => self.take_write(place, side, argument),
            Action::Post => self.post(place, side, argument),
            Action::WriteBatch => self.write_batch(place, side, argument),
            Action::TakeBatchEnd => self.take_batch_end(place, side, argument),
            Action::CancelBatch => self.cancel_batch(place, side, argument),
            Action::TakeBatch => self.take_batch(place, side),
            Action::Close => {
                let patience = Duration::from_millis([60_000, 10, 0, 60_000][argument % 4]);
                self.close(place, side, patience);
            }
            Action::CancelClose => self.cancel_close(place, side),
            _ => self.tear(place, side, action),
        }
    }

    fn tear(&mut self, place: usize, side: Side, action: Action) {
        let (now, link) = (self.clock(), &mut self.links[place]);
        let Some(end) = link.end(side) else { return };
        match action {
            Action::Abort => end.connection.abort(),
            Action::Refuse => end.connection.refuse(now, Refusal::Application(0x1234), Text::EMPTY),
            _ => return self.abandon(place, side),
        }
        link.torn = true;
    }

    fn abandon(&mut self, place: usize, side: Side) {
        let (now, link) = (self.clock(), &mut self.links[place]);
        link.observe(side);
        let Some(end) = link.end(side) else { return };
        let strict = end.connection.state() == State::Open;
        self.marks.hit_if(end.connection.unread() > 0, Mark::AbandonedWithUnread);
        end.connection.abandon(now);
        link.strict[side as usize] &= strict;
        link.torn = true;
        link.incoming(side).abandon();
    }
}

// Reading.
impl<M: Memory> World<M> {
    fn read(&mut self, place: usize, side: Side) {
        let link = &mut self.links[place];
        let Some(end) = link.end(side) else { return };
        if let Ok(read) = end.connection.read() {
            end.check_name(read);
            link.incoming(side).reads.push(read);
        }
    }

    fn take(&mut self, place: usize, side: Side, argument: usize) {
        let reads = &self.links[place].incoming(side).reads;
        if let Some(&read) = pick(reads, argument) {
            self.take_this(place, side, read);
        }
    }

    pub(super) fn take_this(&mut self, place: usize, side: Side, read: TaskId) {
        let link = &mut self.links[place];
        link.observe(side);
        let Some(end) = link.end(side) else { return };
        let taken = end.connection.take(read);
        let taken = taken.as_ref().map(|payload| payload.as_ref().map(AsRef::as_ref)).map_err(|error| *error);
        self.marks.hit_if(taken.is_err(), Mark::ReadEnded);
        self.digest.note(taken.ok().flatten().map_or(0, |message| message.len() as u64 + 1));
        let flow = link.incoming(side);
        let first = flow.reads.first() == Some(&read);
        let yielded = flow.take(read, taken);
        self.marks.hit_if(yielded && !first, Mark::TakenOutOfTurn);
    }

    pub(super) fn take_unclaimed(&mut self, place: usize, side: Side) {
        let link = &mut self.links[place];
        link.observe(side);
        let Some(end) = link.end(side) else { return };
        let taken = end.connection.take_unclaimed();
        self.marks.hit_if(taken.is_some(), Mark::TakenUnclaimed);
        self.digest.note(taken.as_ref().map_or(0, |message| message.as_ref().len() as u64 + 1));
        link.incoming(side).take_unclaimed(taken.as_ref().map(AsRef::as_ref));
    }

    fn drop_read(&mut self, place: usize, side: Side, argument: usize) {
        let link = &mut self.links[place];
        link.observe(side);
        let flow = link.incoming(side);
        let Some(&read) = pick(&flow.reads, argument) else { return };
        let had = flow.owned_by(read).is_some();
        flow.reads.retain(|&live| live != read);
        self.marks.hit(if had { Mark::ReadDroppedWithMessage } else { Mark::ReadDroppedWaiting });
        let cancelled = link.end(side).is_some_and(|end| end.connection.cancel_read(read));
        assert!(cancelled, "I3: a live read ended by itself");
    }
}

// Writing.
impl<M: Memory> World<M> {
    fn write(&mut self, place: usize, side: Side, argument: usize, only_with_room: bool) {
        let bytes = self.think_of(place, self.length(argument));
        let link = &mut self.links[place];
        let Some(end) = link.end(side) else { return };
        let payload = M::payload(&bytes);
        let done =
            if only_with_room { end.connection.try_write(payload) } else { end.connection.write(payload) };
        match done {
            Ok(id) => {
                end.check_name(id);
                link.flows[side as usize].wrote(id, bytes);
            }
            Err(rejected) => self.rejected(&rejected, &bytes),
        }
    }

    /// How long a message this number asks for.
    pub(super) fn length(&self, argument: usize) -> usize {
        let longest = 1 << self.swarm.length_bits.min(M::LENGTH_BITS);
        // Now and then one that is as long as a storage takes, or too long for a batch.
        match (self.swarm.giants, argument % 211, argument % 17) {
            (true, 0, _) => 1 << M::LENGTH_BITS,
            (true, _, 0) => 5000.min(1 << M::LENGTH_BITS),
            _ => argument % longest,
        }
    }

    pub(super) fn think_of(&mut self, place: usize, length: usize) -> Vec<u8> {
        let link = &mut self.links[place];
        link.written += 1;
        message(link.written - 1, length)
    }

    pub(super) fn rejected(&mut self, rejected: &Rejected<M::Payload>, bytes: &[u8]) {
        assert!(rejected.payload.as_ref() == bytes, "I1: another payload was handed back");
        self.marks.hit(match rejected.why {
            WriteRejection::TooLong { .. } => Mark::TooLong,
            WriteRejection::Full => Mark::Full,
            _ => Mark::WriteRefused,
        });
    }

    fn cancel_write(&mut self, place: usize, side: Side, argument: usize) {
        let Some((index, id)) = self.choose_write(place, side, argument) else { return };
        let link = &mut self.links[place];
        let Some(end) = link.end(side) else { return };
        // What failed before keeps its number.
        let failed = end.connection.write_status(id) == Some(Status::Failure);
        let cancelled = end.connection.cancel_write(id).expect("I3: an owned write");
        let (end, mark) = match cancelled {
            Cancelled::Recalled(payload) => {
                let same = payload.as_ref() == &link.flows[side as usize].writes[index].message[..];
                assert!(same, "I1: another payload was handed back");
                (if failed { End::NotSent } else { End::Recalled }, Mark::Recalled)
            }
            Cancelled::Aborted => (End::Aborted, Mark::Aborted),
            Cancelled::TooLate => (End::TooLate, Mark::TooLate),
            _ => (End::Unknown, Mark::CancelledUnknown),
        };
        self.marks.hit(mark);
        self.digest.note(mark as u64);
        link.flows[side as usize].ended(index, end);
    }

    fn detach_write(&mut self, place: usize, side: Side, argument: usize) {
        if argument % 4 == 3 {
            return self.detach_batch(place, side, argument / 4);
        }
        let Some((index, id)) = self.choose_write(place, side, argument) else { return };
        let link = &mut self.links[place];
        let detached = link.end(side).and_then(|end| end.connection.detach_write(id));
        self.marks.hit(if detached == Some(true) { Mark::Detached } else { Mark::DetachHadNoRoom });
        if detached == Some(true) {
            link.flows[side as usize].ended(index, End::Detached);
        }
    }

    fn forget_write(&mut self, place: usize, side: Side, argument: usize) {
        if let Some((index, _)) = self.choose_write(place, side, argument) {
            self.links[place].flows[side as usize].writes[index].owned = false;
        }
    }

    fn take_write(&mut self, place: usize, side: Side, argument: usize) {
        let Some((index, id)) = self.choose_write(place, side, argument) else { return };
        let link = &mut self.links[place];
        let Some(end) = link.end(side) else { return };
        let pending = end.connection.write_status(id) == Some(Status::Pending);
        let outcome = end.connection.take_write(id);
        assert_eq!(outcome.is_none(), pending, "I3: {outcome:?}");
        let Some(outcome) = outcome else { return };
        let end = End::of(&outcome);
        self.marks.hit_if(end == End::NotSent, Mark::NotSent);
        self.marks.hit_if(end == End::Unknown, Mark::Unknown);
        link.flows[side as usize].ended(index, end);
    }

    fn choose_write(&self, place: usize, side: Side, argument: usize) -> Option<(usize, TaskId)> {
        let writes = self.links[place].flows[side as usize].writes.iter().enumerate();
        let owned: Vec<_> = writes
            .filter(|(_, write)| write.owned)
            .filter_map(|(index, write)| Some((index, write.id?)))
            .collect();
        pick(&owned, argument).copied()
    }
}

// Closing.
impl<M: Memory> World<M> {
    pub(super) fn close(&mut self, place: usize, side: Side, patience: Duration) {
        let (now, link) = (self.clock(), &mut self.links[place]);
        link.torn |= patience < Duration::from_secs(1);
        let other = link.end(side.other()).is_some_and(|end| end.connection.state() == State::Draining);
        let Some(end) = link.end(side) else { return };
        self.marks.hit_if(end.connection.unread() > 0, Mark::ClosedWithUnread);
        self.marks.hit_if(other && end.connection.state() == State::Open, Mark::ClosedAtOnce);
        let connecting = !end.connection.has_opened();
        end.connection.close(now, patience);
        link.torn |= connecting;
    }

    fn cancel_close(&mut self, place: usize, side: Side) {
        let Some(end) = self.links[place].end(side) else { return };
        let closing = end.connection.state() == State::Draining;
        let taken_back = end.connection.cancel_close();
        self.marks.hit_if(taken_back, Mark::CloseTakenBack);
        self.marks.hit_if(closing && !taken_back, Mark::CloseNotTakenBack);
        let state = end.connection.state();
        assert!(!taken_back || state == State::Open, "I3: a close that was taken back leaves {state:?}");
    }
}

/// The element that a number chooses.
pub(super) fn pick<T>(from: &[T], chosen: usize) -> Option<&T> {
    from.get(chosen.checked_rem(from.len())?)
}

/// A message that no other number gives, if it is long enough to tell.
fn message(number: usize, length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..=255)
        .map(|index: u8| index.wrapping_mul(11) ^ number.to_le_bytes()[0])
        .cycle()
        .take(length)
        .collect();
    let told = length.min(4);
    bytes[..told].copy_from_slice(&number.to_le_bytes()[..told]);
    bytes
}
