//! What must hold after each step of a script, and at its end.

use core::time::Duration;

use bowline_core::{CloseReason, Closed, Event, Refusal, State, Status, Violation};

use super::Player;
use crate::kit::Memory;
use crate::kit::model::End;
use crate::kit::pair::Side;

impl<M: Memory> Player<'_, M> {
    pub(super) fn check(&mut self) {
        for side in Side::BOTH {
            let unread = self.pair.end(side).unread();
            self.incoming(side).arrivals(unread);
            let settings = self.settings;
            self.incoming(side).check_limits(settings.messages, settings.bytes);
            self.check_reads(side);
            self.check_writes(side);
            self.check_reason(side);
        }
    }

    fn check_reads(&mut self, side: Side) {
        let ended = self.pair.end(side).close_reason().is_some();
        for read in self.incoming(side).reads.clone() {
            let expected = self.incoming(side).owned_by(read).map(|_| Status::Success);
            let status = self.pair.end(side).read_status(read).expect("a live read");
            let without = if status == Status::Failure { Status::Failure } else { Status::Pending };
            assert_eq!(status, expected.unwrap_or(without));
            assert!(!ended || status != Status::Pending, "a read waits for ever");
        }
    }

    fn check_writes(&mut self, side: Side) {
        let ended = self.pair.end(side).is_finished();
        for index in 0..self.flows[side as usize].writes.len() {
            let write = &self.flows[side as usize].writes[index];
            if write.owned {
                let status = self.pair.end(side).write_status(write.id);
                self.flows[side as usize].saw(index, status);
                assert!(!ended || self.lent[side as usize] > 0 || status != Some(Status::Pending));
            }
        }
    }

    /// Two sides that follow the protocol never accuse each other of anything but being slow.
    fn check_reason(&mut self, side: Side) {
        let violation = match self.pair.end(side).close_reason() {
            Some(CloseReason::Violated(violation)) => Some(violation),
            Some(CloseReason::Refused { refusal: Refusal::Violation(violation), .. }) => Some(violation),
            _ => None,
        };
        let slow = [Violation::ProgressTimeout, Violation::HeartbeatTimeout];
        assert!(violation.is_none_or(|violation| slow.contains(&violation)), "{violation:?}");
    }
}

// The end of a script.
impl<M: Memory> Player<'_, M> {
    pub(super) fn finish(mut self) {
        self.read_everything();
        for side in Side::BOTH {
            self.close(side, 60);
        }
        self.read_everything();
        self.pair.wait(Duration::from_secs(100));
        self.confirm(Side::Client);
        self.confirm(Side::Server);
        self.check();
        for side in Side::BOTH {
            assert!(self.pair.end(side).is_finished(), "{side:?} never ends: {:?}", self.pair.end(side));
            assert_eq!(self.pair.end(side).state(), State::Closed);
            self.check_ends(side);
            self.check_events(side);
        }
        if !self.torn {
            self.flows.iter().for_each(super::Flow::check_lossless);
        }
    }

    /// Reads until nothing more comes.
    fn read_everything(&mut self) {
        loop {
            self.drive();
            self.check();
            if !Side::BOTH.map(|side| self.read_all(side)).contains(&true) {
                return;
            }
        }
    }

    fn read_all(&mut self, side: Side) -> bool {
        let unread = self.pair.end(side).unread();
        for read in self.incoming(side).reads.clone() {
            if self.incoming(side).owned_by(read).is_some() {
                self.take_this(side, read);
            }
        }
        while self.pair.end(side).unread() > self.pair.end(side).queued_reads() {
            self.take_unclaimed(side);
        }
        unread > 0
    }

    /// Every write has one end, and the peer's confirmation agrees with what came.
    fn check_ends(&mut self, side: Side) {
        let flow = &mut self.flows[side as usize];
        for index in 0..flow.writes.len() {
            if flow.writes[index].owned {
                let outcome = self.pair.end(side).take_write(flow.writes[index].id).expect("an end");
                flow.ended(index, End::of(&outcome));
            }
        }
        let confirmed = match self.pair.end(side).closed().expect("it is over") {
            Closed::Clean => flow.sent(),
            Closed::Unconfirmed { from, .. } => {
                assert!(self.torn, "unconfirmed from {from}");
                from - 1
            }
            flushed => panic!("{flushed:?} is for the plain profile"),
        };
        flow.check_confirmed(confirmed, self.strict[side.other() as usize]);
    }

    /// What is announced is so: every read that is ready, every write that has ended.
    fn check_events(&mut self, side: Side) {
        while let Some(event) = self.pair.end(side).poll_event() {
            match event {
                Event::ReadReady(read) => {
                    assert_ne!(self.pair.end(side).read_status(read), Some(Status::Pending));
                }
                Event::WriteDone(write) => {
                    assert_ne!(self.pair.end(side).write_status(write), Some(Status::Pending));
                }
                _ => {}
            }
        }
        assert!(self.pair.end(side).poll_event().is_none());
    }
}
