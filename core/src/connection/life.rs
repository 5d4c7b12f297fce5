//! From the application: closing, and how far the connection's life has come.

use core::time::Duration;

use super::{Connection, Phase, Role, State};
use crate::storage::Storage;
use crate::{CloseReason, Closed, Instant, Refusal, Stats, Text};

// The connection's life.
impl<S: Storage> Connection<S> {
    /// Closes in order: what is queued is sent, then a goodbye, and the connection is over when the peer has taken
    /// everything in, or `patience` has passed. A second call can only shorten the deadline.
    pub fn close(&mut self, now: Instant, patience: Duration) {
        self.timers.observe(now);
        match self.phase {
            Phase::Open => {
                if !self.farewell.wanted {
                    self.timers.restart_stall();
                }
                self.farewell.wanted = true;
                self.timers.close_by(now + patience);
                self.go_on_closing();
            }
            Phase::Greeting | Phase::Deciding if self.role == Role::Server => {
                self.turn_away(CloseReason::Closed, Refusal::ShuttingDown, Text::EMPTY);
            }
            Phase::Greeting | Phase::Deciding => self.conclude(CloseReason::Closed),
            Phase::Over => {}
        }
    }

    /// Takes a [`close`](Self::close) back if nobody was told of it yet; the connection is then as open as before.
    pub fn cancel_close(&mut self) -> bool {
        let told = self.farewell.said && !self.outbox.pending.has_goodbye();
        let too_late = told || self.farewell.peer_left || self.inbox.is_discarding();
        if !matches!(self.phase, Phase::Open) || !self.farewell.wanted || too_late {
            return false;
        }
        (self.farewell.wanted, self.farewell.said) = (false, false);
        self.outbox.pending.take_back_goodbye();
        self.timers.close_no_more();
        true
    }

    /// Gives back memory of the queues that is not needed now: for a driver that finds the connection idle. Nothing that can be
    /// observed changes.
    pub fn rest(&mut self) {
        self.inbox.rest();
        self.outbox.rest();
    }

    /// Ends the connection now. What the peer has not taken in may be lost to it.
    pub fn abort(&mut self) {
        self.conclude(CloseReason::Aborted);
    }

    /// The owner is gone: nobody reads any more, what is queued is sent, a goodbye follows, and the configured linger
    /// bounds it all. Messages that nobody read are not acknowledged.
    pub fn abandon(&mut self, now: Instant) {
        self.inbox.abandon();
        // An answer that has not left yet must not claim what was just thrown away.
        self.outbox.pending.correct(self.inbox.taken_in());
        let linger = self.config.linger.get();
        match self.phase {
            Phase::Greeting | Phase::Deciding if self.role == Role::Server => {
                self.refuse(now, Refusal::Declined, Text::EMPTY);
            }
            _ => self.close(now, linger),
        }
    }

    /// How far the connection's life has come.
    #[must_use]
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Greeting => State::Connecting,
            Phase::Deciding => State::Deciding,
            Phase::Open if self.farewell.is_under_way() => State::Draining,
            Phase::Open => State::Open,
            Phase::Over => State::Closed,
        }
    }

    /// The connection in numbers.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats { received: self.inbox.traffic(), sent: self.outbox.traffic() }
    }

    /// Whether the connection is or was open: there may be messages to read even if it is over by now.
    #[must_use]
    pub const fn has_opened(&self) -> bool {
        self.opened
    }

    /// Why the connection is over, once it is.
    #[must_use]
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.end.as_ref().map(|end| end.reason)
    }

    /// What the peer is known to have taken in, once the connection is over.
    #[must_use]
    pub fn closed(&self) -> Option<Closed> {
        self.end.as_ref().map(|end| end.closed)
    }

    /// The longest message in bytes that the peer takes.
    #[must_use]
    pub const fn peer_message_limit(&self) -> u32 {
        self.peer_limit
    }
}
