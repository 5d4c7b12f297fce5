//! What becomes of batches, and what they are held to meanwhile.

use bowline_core::storage::BatchOf;
use bowline_core::{BatchOutcome, CloseReason, Status};

use super::{Link, Party};
use crate::end::Memory;
use crate::marks::{Mark, Marks};
use crate::model::Stop;
use crate::step::Side;
use crate::world::split;

impl<M: Memory> Link<M> {
    pub(super) fn check_batches(&mut self, side: Side, decided: bool) {
        let Party::Honest(end) = &self.parties[side as usize] else { return };
        let flow = &mut self.flows[side as usize];
        for index in 0..flow.batches.len() {
            if flow.batches[index].owned {
                let status = end.connection.write_status(flow.batches[index].id);
                flow.saw_batch(index, status, end.confirmed);
                assert!(!decided || status != Some(Status::Pending), "I17: a batch waits for ever");
            }
        }
    }

    pub(super) fn check_batches_announced(&self, side: Side) {
        let Party::Honest(end) = &self.parties[side as usize] else { return };
        for batch in self.flows[side as usize].batches.iter().filter(|batch| batch.owned) {
            let pending = end.connection.write_status(batch.id) == Some(Status::Pending);
            assert!(pending || end.announced.contains(&batch.id), "I11: nobody heard of {batch:?}");
        }
    }

    pub(super) fn end_batches(&mut self, side: Side, marks: &mut Marks) {
        for index in 0..self.flows[side as usize].batches.len() {
            let batch = &self.flows[side as usize].batches[index];
            if let (true, id, Some(end)) = (batch.owned, batch.id, self.end(side)) {
                let outcome = end.connection.take_batch_end(id).expect("I3: an end");
                self.batch_ended(side, index, outcome, marks);
            }
        }
    }

    /// A batch has come to its end.
    pub(crate) fn batch_ended(
        &mut self,
        side: Side,
        index: usize,
        outcome: BatchOutcome<BatchOf<M>>,
        marks: &mut Marks,
    ) {
        let Party::Honest(end) = &self.parties[side as usize] else { return };
        let flow = &mut self.flows[side as usize];
        match outcome {
            BatchOutcome::Broken { unsent, torn, reason } => {
                let turned = matches!(reason, CloseReason::Violated(_) | CloseReason::Declined(_));
                let (confirmed, runs_on) = (end.confirmed, turned || end.driver.completion);
                let unsent = split(&unsent);
                let begun =
                    flow.batch_stopped(index, &unsent, &end.tap, Stop::Broken { torn, confirmed, runs_on });
                marks.hit(match (torn, begun) {
                    (true, _) => Mark::BatchTorn,
                    (false, 0) => Mark::BatchNotSent,
                    (false, _) => Mark::BatchTornAtBoundary,
                });
            }
            BatchOutcome::Sent { number } => {
                flow.batch_sent(index, number);
                marks.hit(Mark::BatchSent);
            }
            _ => panic!("I3: a batch ended otherwise"),
        }
    }
}
