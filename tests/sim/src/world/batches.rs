//! What the programs do with many small messages: post them, write and read them together.

use bowline_core::storage::{BatchOf, Pack};
use bowline_core::{State, Status, TaskId, WriteRejection};

use super::World;
use super::application::pick;
use crate::dice::Dice;
use crate::end::Memory;
use crate::link::Party;
use crate::marks::Mark;
use crate::model::Stop;
use crate::step::Side;
use crate::tap::{Seen, Tap};

/// The most messages in a batch, and the most bytes in all.
const MOST: usize = 512;
const FULL: usize = 64 << 10;

// Writing.
impl<M: Memory> World<M> {
    /// Several, mostly: one joins another.
    pub(super) fn post(&mut self, place: usize, side: Side, argument: usize) {
        (0..=argument % 5).for_each(|more| self.post_one(place, side, argument + 7 * more));
    }

    fn post_one(&mut self, place: usize, side: Side, argument: usize) {
        let bytes = self.think_of(place, self.length(argument));
        let link = &mut self.links[place];
        let Some(end) = link.end(side) else { return };
        match end.connection.post(M::payload(&bytes)) {
            Ok(copied) => {
                let same = copied.as_ref().is_none_or(|payload| payload.as_ref() == &bytes[..]);
                assert!(same, "I1: another payload was handed back");
                self.marks.hit_if(copied.is_some(), Mark::PostJoined);
                link.flows[side as usize].posted(bytes);
            }
            Err(rejected) => self.rejected(&rejected, &bytes),
        }
    }

    pub(super) fn write_batch(&mut self, place: usize, side: Side, argument: usize) {
        let Some((batch, messages)) = self.fill(place, argument) else { return };
        let link = &mut self.links[place];
        let Some(end) = link.end(side) else { return };
        match end.connection.write_batch(batch) {
            Ok(id) => {
                end.check_name(id);
                link.flows[side as usize].wrote_batch(id, messages);
            }
            Err(rejected) => {
                assert!(split(&rejected.batch) == messages, "I1: another batch was handed back");
                let why = rejected.why;
                assert!(!matches!(why, WriteRejection::Empty | WriteRejection::Full), "I6: {why:?}");
                let too_long = matches!(why, WriteRejection::TooLong { .. });
                self.marks.hit(if too_long { Mark::BatchTooLong } else { Mark::WriteRefused });
            }
        }
    }

    /// A batch of small messages; few and short ones where everything crawls.
    fn fill(&mut self, place: usize, argument: usize) -> Option<(BatchOf<M>, Vec<Vec<u8>>)> {
        let mut batch = BatchOf::<M>::empty()?;
        let mut dice = Dice::new(argument as u64, 6);
        let (most, mut bits, mut left) =
            if self.swarm.giants { (10, 12, FULL) } else { (5, self.swarm.length_bits, 2048) };
        let count = dice.magnitude(most).min(600);
        bits = dice.below(bits + 1);
        let mut messages = Vec::new();
        while messages.len() < count && left > 0 {
            let length = dice.magnitude(bits) - dice.below(2);
            let message = self.think_of(place, length);
            left = left.saturating_sub(length);
            if !batch.push(&message) {
                let full = batch.messages() == MOST || batch.frames().len() + 4 + length > FULL;
                assert!(full, "I6: a small message was not added to {} others", batch.messages());
                break;
            }
            messages.push(message);
        }
        Some((batch, messages))
    }

    pub(super) fn take_batch_end(&mut self, place: usize, side: Side, argument: usize) {
        let Some((index, id)) = self.choose_batch(place, side, argument) else { return };
        let link = &mut self.links[place];
        let Some(end) = link.end(side) else { return };
        let pending = end.connection.write_status(id) == Some(Status::Pending);
        assert!(end.connection.take_write(id).is_none(), "I3: a batch ended as a message");
        let outcome = end.connection.take_batch_end(id);
        assert_eq!(outcome.is_none(), pending, "I3: a batch's status and end differ");
        if let Some(outcome) = outcome {
            link.batch_ended(side, index, outcome, &mut self.marks);
        }
    }

    pub(super) fn cancel_batch(&mut self, place: usize, side: Side, argument: usize) {
        let Some((index, id)) = self.choose_batch(place, side, argument) else { return };
        let link = &mut self.links[place];
        let Party::Honest(end) = &mut link.parties[side as usize] else { return };
        let status = end.connection.write_status(id);
        let over = !matches!(status, Some(Status::Pending | Status::Success));
        assert!(end.connection.cancel_write(id).is_none(), "I3: a batch was cancelled as a message");
        let unsent = split(&end.connection.cancel_batch(id).expect("I3: an owned batch"));
        assert!(end.connection.write_status(id).is_none(), "I3: a cancelled batch has a status");
        let flow = &mut link.flows[side as usize];
        let begun = flow.batch_stopped(index, &unsent, &end.tap, Stop::Recalled { over });
        self.digest.note(begun as u64);
        self.marks.hit(match (begun, unsent.len()) {
            (0, _) => Mark::BatchRecalled,
            (_, 0) => Mark::BatchTooLate,
            _ => Mark::BatchCut,
        });
    }

    pub(super) fn detach_batch(&mut self, place: usize, side: Side, argument: usize) {
        let Some((index, id)) = self.choose_batch(place, side, argument) else { return };
        let link = &mut self.links[place];
        if link.end(side).and_then(|end| end.connection.detach_write(id)) == Some(true) {
            self.marks.hit(Mark::BatchDetached);
            link.flows[side as usize].batch_detached(index);
        }
    }

    fn choose_batch(&self, place: usize, side: Side, argument: usize) -> Option<(usize, TaskId)> {
        let batches = self.links[place].flows[side as usize].batches.iter().enumerate();
        let owned: Vec<_> =
            batches.filter(|(_, batch)| batch.owned).map(|(index, batch)| (index, batch.id)).collect();
        pick(&owned, argument).copied()
    }
}

// Reading.
impl<M: Memory> World<M> {
    pub(super) fn take_batch(&mut self, place: usize, side: Side) {
        let link = &mut self.links[place];
        link.observe(side);
        let Some(end) = link.end(side) else { return };
        let stalled = end.connection.state() == State::Open && !end.connection.wants_input();
        let Some(batch) = end.connection.take_batch() else { return };
        let messages = split(&batch);
        let flow = link.incoming(side);
        let most = flow.waiting().saturating_sub(flow.reads.len());
        assert!((1..=most).contains(&messages.len()), "I4: {} messages of {most}", messages.len());
        self.digest.note(messages.len() as u64);
        self.marks.hit(Mark::BatchTaken);
        self.marks.hit_if(flow.took_batch(&messages), Mark::BatchTakenFromMiddle);
        let left = flow.waiting();
        link.observe(side);
        let more = link.incoming(side).lengths_behind(left);
        // Only an empty message can be complete without another byte.
        assert!(more.is_empty() || more == [0], "I4: {more:?} taken together, and not counted as taken");
        let settings = self.swarm.settings[side as usize];
        let empty = link.incoming(side).has_room_for_empty(settings.messages.min(M::TASKS), settings.bytes);
        assert!(
            !stalled || !empty || !more.is_empty(),
            "I12: an empty message is whole, has room, and does not come"
        );
    }
}

/// The messages of a batch, read as a plain stream.
pub(crate) fn split(batch: &impl Pack) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    Tap::new(true).take(batch.frames(), |seen| {
        if let Seen::Message(message, _) = seen {
            messages.push(message);
        }
    });
    assert_eq!(messages.len(), batch.messages(), "I1: a batch miscounts");
    messages
}
