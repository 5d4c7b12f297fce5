//! What must hold after each step, and at the end.

use bowline_core::{CloseReason, Closed, Refusal, State, Status, Violation};

use super::{Link, Party};
use crate::end::Memory;
use crate::marks::{Mark, Marks};
use crate::model::End;
use crate::step::Side;
use crate::swarm::Swarm;

impl<M: Memory> Link<M> {
    /// Tells the reference what the reader's queue holds.
    pub(crate) fn observe(&mut self, side: Side) {
        if let Some(end) = self.end(side) {
            let unread = end.connection.unread();
            self.incoming(side).arrivals(unread);
        }
    }

    pub(crate) fn check(&mut self, side: Side, swarm: &Swarm) {
        self.observe(side);
        let settings = swarm.settings[side as usize];
        self.incoming(side).check_limits(settings.messages, settings.bytes);
        self.check_room(side, settings.messages.min(M::TASKS), settings.bytes);
        self.check_reads(side);
        self.check_writes(side);
        self.check_reason(side, swarm.hostile.is_some());
        self.check_admission(side);
    }

    /// Reading only stops while the next message has no room.
    fn check_room(&mut self, side: Side, messages: usize, bytes: usize) {
        let Party::Honest(end) = &self.parties[side as usize] else { return };
        let stopped = end.connection.state() == State::Open && !end.connection.wants_input();
        let room = stopped && self.flows[side.other() as usize].has_room_for_next(messages, bytes);
        assert!(!room, "I12: reading has stopped although there is room");
    }

    fn check_reads(&mut self, side: Side) {
        let Party::Honest(end) = &self.parties[side as usize] else { return };
        let flow = &self.flows[side.other() as usize];
        let ended = end.is_over();
        for (place, &read) in flow.reads.iter().enumerate() {
            let status = end.connection.read_status(read).expect("I3: a live read has a status");
            let without = if status == Status::Failure { Status::Failure } else { Status::Pending };
            let expected = if flow.owned_at(place).is_some() { Status::Success } else { without };
            assert_eq!(status, expected, "I4: read {place}");
            assert!(!ended || status != Status::Pending, "I17: a read waits for ever");
        }
    }

    fn check_writes(&mut self, side: Side) {
        let Party::Honest(end) = &self.parties[side as usize] else { return };
        let over = end.connection.is_finished() || end.driver.write_broken;
        let decided = over && end.driver.lent.is_empty();
        let flow = &mut self.flows[side as usize];
        for index in 0..flow.writes.len() {
            if let (true, Some(id)) = (flow.writes[index].owned, flow.writes[index].id) {
                let status = end.connection.write_status(id);
                flow.saw(index, status, end.confirmed);
                assert!(!decided || status != Some(Status::Pending), "I17: a write waits for ever");
            }
        }
        self.check_batches(side, decided);
    }

    /// Two sides that follow the protocol never accuse each other of anything but being slow.
    fn check_reason(&mut self, side: Side, hostile: bool) {
        let reason = self.end(side).and_then(|end| end.connection.close_reason());
        let violation = match reason {
            Some(CloseReason::Violated(violation)) => Some(violation),
            Some(CloseReason::Refused { refusal: Refusal::Violation(violation), .. }) => Some(violation),
            _ => None,
        };
        let slow = [Violation::ProgressTimeout, Violation::HeartbeatTimeout, Violation::HandshakeTimeout];
        assert!(hostile || violation.is_none_or(|violation| slow.contains(&violation)), "I14: {violation:?}");
    }

    /// Nothing of a client reaches a server's program before it was accepted.
    fn check_admission(&mut self, side: Side) {
        if side == Side::Server && !self.accepted {
            let open =
                self.end(side).is_some_and(|end| end.connection.has_opened() || end.connection.unread() > 0);
            assert!(!open, "I10: open without an accept");
        }
    }

    /// What is ready or decided was announced.
    pub(crate) fn check_announced(&mut self, side: Side) {
        let Party::Honest(end) = &self.parties[side as usize] else { return };
        for &read in &self.flows[side.other() as usize].reads {
            let pending = end.connection.read_status(read) == Some(Status::Pending);
            assert!(pending || end.announced.contains(&read), "I11: nobody heard of {read:?}");
        }
        for write in self.flows[side as usize].writes.iter().filter(|write| write.owned) {
            if let Some(id) = write.id {
                let pending = end.connection.write_status(id) == Some(Status::Pending);
                assert!(pending || end.announced.contains(&id), "I11: nobody heard of {id:?}");
            }
        }
        self.check_batches_announced(side);
    }
}

// The end.
impl<M: Memory> Link<M> {
    /// Every task has its end, and the peer's confirmation agrees with what came.
    pub(crate) fn check_ends(&mut self, side: Side, marks: &mut Marks) {
        self.end_batches(side, marks);
        let strict = self.strict[side.other() as usize];
        let (torn, hostile) = (self.torn, self.hostile.is_some());
        let Party::Honest(end) = &mut self.parties[side as usize] else { return };
        assert!(end.connection.is_finished(), "I17: {side:?} never ends: {:?}", end.connection);
        assert_eq!(end.connection.state(), State::Closed);
        assert!(end.connection.poll_timeout().is_none(), "I16: a timer runs on");
        let turned_away = matches!(end.connection.close_reason(), Some(CloseReason::Violated(_)));
        marks.hit_if(hostile && turned_away, Mark::HostileTurnedAway);
        let flow = &mut self.flows[side as usize];
        for index in 0..flow.writes.len() {
            if let (true, Some(id)) = (flow.writes[index].owned, flow.writes[index].id) {
                let outcome = end.connection.take_write(id).expect("I3: an end");
                flow.ended(index, End::of(&outcome));
            }
        }
        let confirmed = match end.connection.closed().expect("it is over") {
            Closed::Clean => {
                flow.check_all_left();
                flow.sent()
            }
            Closed::Unconfirmed { from, to } => {
                assert!(torn, "I15: unconfirmed from {from}");
                assert!(flow.numbered().contains(&to), "I15: unconfirmed from {from} to {to}");
                marks.hit(Mark::Unconfirmed);
                from - 1
            }
            // The plain profile confirms nothing.
            _ => 0,
        };
        marks.hit_if(flow.came() > 0 && confirmed == flow.sent(), Mark::CleanClose);
        if !hostile {
            flow.check_confirmed(confirmed, strict);
        }
    }

    pub(crate) fn check_lossless(&self) {
        if !self.torn {
            self.flows.iter().for_each(crate::model::Flow::check_lossless);
        }
    }
}
