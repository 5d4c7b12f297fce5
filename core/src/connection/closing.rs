//! The end of a connection: goodbye and its answer, refusal, loss.

use super::{Connection, Phase, Teardown};
use crate::storage::Storage;
use crate::{CloseReason, Closed, Refusal, Text, TransportError, TransportErrorKind, Violation};

/// How far the two goodbyes have come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Farewell {
    /// This side wants to close.
    pub(super) wanted: bool,
    /// This side's goodbye is queued or has left.
    pub(super) said: bool,
    /// How many messages the peer has taken in, by its answer to the goodbye.
    pub(super) acked: Option<u64>,
    /// The peer has said goodbye, or ended its side of a plain stream.
    pub(super) peer_left: bool,
    /// The peer was first.
    peer_was_first: bool,
    /// The answer to the peer's goodbye leaves after this side's own goodbye: nobody will say that it has arrived.
    has_last_word: bool,
    /// The transport takes no more bytes.
    broken: Option<CloseReason>,
    /// The write side of the stream was shut down.
    shut: bool,
}

impl Farewell {
    pub(super) const fn is_under_way(&self) -> bool {
        self.wanted || self.peer_left
    }

    /// The peer says that nothing more will come.
    const fn leave(&mut self) {
        if !self.peer_left {
            (self.peer_left, self.peer_was_first) = (true, !self.wanted);
        }
    }

    /// Why an orderly end is an end.
    pub(super) const fn reason(&self) -> CloseReason {
        if self.peer_was_first { CloseReason::PeerClosed } else { CloseReason::Closed }
    }

    /// Why nothing more can be written, if so.
    ///
    /// A plain stream whose one direction has ended may still be written to in the other.
    pub(super) fn end_of_output(&self, plain: bool) -> Option<CloseReason> {
        let leaving = self.said || self.wanted || (self.peer_left && !plain);
        self.broken.or_else(|| leaving.then(|| self.reason()))
    }
}

impl<S: Storage> Connection<S> {
    /// Whether the driver should shut down the stream's write side now. It then calls
    /// [`handle_shutdown`](Self::handle_shutdown).
    #[must_use]
    pub fn wants_shutdown(&self) -> bool {
        if self.farewell.shut || self.farewell.broken.is_some() || self.has_output() {
            return false;
        }
        match self.phase {
            Phase::Open => self.config.is_plain() && self.farewell.said,
            Phase::Over(..) => self.teardown.until().is_some(),
            Phase::Greeting | Phase::Deciding => false,
        }
    }

    /// The stream's write side is shut down.
    pub fn handle_shutdown(&mut self) {
        self.farewell.shut = true;
        self.go_on_closing();
    }

    /// Whether the transport can be dropped.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.teardown == Teardown::Done
    }

    /// The stream has ended: nothing more will come.
    pub fn handle_eof(&mut self) {
        let mid_frame = self.inbox.is_mid_message();
        match self.phase {
            Phase::Over(..) => self.teardown = self.teardown.after_input(self.has_output()),
            Phase::Open if self.config.is_plain() && !mid_frame && !self.is_broken() => {
                self.farewell.leave();
                self.inbox.end();
                self.go_on_closing();
            }
            _ => self.lose(CloseReason::PeerLost { mid_frame }),
        }
    }

    /// The transport has failed both ways.
    pub fn handle_error(&mut self, error: TransportError) {
        self.lose(self.cause(error));
    }

    /// The transport takes no more bytes; what the peer sent before may still be read. Writes come to their end now,
    /// the connection when the stream ends.
    ///
    /// Only a peer that is gone leaves something to read. An error of this machine's own ends the connection at once, so
    /// that the peer hears of it.
    pub fn handle_write_error(&mut self, error: TransportError) {
        if !matches!(error.kind, TransportErrorKind::Reset | TransportErrorKind::BrokenPipe) {
            return self.handle_error(error);
        }
        if self.farewell.broken.is_none() {
            let reason = self.close_reason().unwrap_or(self.cause(error));
            self.farewell.broken = Some(reason);
            self.outbox.fail(reason);
        }
        if matches!(self.phase, Phase::Over(..)) {
            self.teardown = Teardown::Done;
        } else if self.config.is_plain() && self.farewell.peer_left {
            // The stream has ended before.
            self.lose(self.cause(error));
        }
    }

    /// A peer that was killed resets the stream if anything was unread, and just ends it if not: it is lost either way.
    fn cause(&self, error: TransportError) -> CloseReason {
        match error.kind {
            TransportErrorKind::Reset | TransportErrorKind::BrokenPipe => {
                CloseReason::PeerLost { mid_frame: self.inbox.is_mid_message() }
            }
            _ => CloseReason::Transport(error),
        }
    }

    pub(super) const fn is_broken(&self) -> bool {
        self.farewell.broken.is_some()
    }

    /// Why reads get no more messages.
    pub(super) const fn end_of_input(&self) -> CloseReason {
        match self.phase {
            Phase::Over(reason, _) => reason,
            _ => self.farewell.reason(),
        }
    }

    /// Says goodbye once everything has left, and ends the connection once both goodbyes have their answers.
    pub(super) fn go_on_closing(&mut self) {
        if matches!(self.teardown, Teardown::Flushing { .. }) && !self.has_output() {
            self.teardown = Teardown::Done;
        }
        if !matches!(self.phase, Phase::Open) || self.is_broken() {
            return;
        }
        let leaving = self.farewell.wanted || (self.farewell.peer_left && !self.config.is_plain());
        if leaving && !self.farewell.said && self.outbox.is_drained() {
            self.farewell.said = true;
            if !self.config.is_plain() {
                self.outbox.pending.goodbye = Some(self.outbox.sent());
            }
        }
        let confirmed =
            if self.config.is_plain() { self.farewell.shut } else { self.farewell.acked.is_some() };
        if confirmed && self.farewell.peer_left && !self.outbox.has_output() {
            self.conclude_gently(self.farewell.reason());
        }
    }

    /// The peer has sent its last message.
    pub(super) fn handle_goodbye(&mut self, count: u64) -> Result<(), Violation> {
        if count != self.inbox.arrived() {
            return Err(Violation::CountMismatch);
        }
        self.farewell.leave();
        self.farewell.has_last_word = self.farewell.said && self.outbox.pending.goodbye.is_none();
        self.outbox.pending.goodbye_ack = Some(self.inbox.taken_in());
        self.inbox.end();
        if !self.farewell.wanted {
            self.timers.close_by(self.timers.now + self.config.close_timeout);
        }
        self.go_on_closing();
        Ok(())
    }

    /// The peer has answered this side's goodbye.
    pub(super) fn handle_goodbye_ack(&mut self, count: u64) -> Result<(), Violation> {
        if count > self.outbox.sent() {
            return Err(Violation::CountMismatch);
        }
        self.farewell.acked = Some(count);
        self.go_on_closing();
        Ok(())
    }

    /// Ends the connection because the peer broke the protocol, and tells it so.
    pub(super) fn violate(&mut self, violation: Violation) {
        self.turn_away(CloseReason::Violated(violation), Refusal::Violation(violation), Text::EMPTY);
    }

    /// Ends the connection and lets the peer know why.
    pub(super) fn turn_away(&mut self, reason: CloseReason, refusal: Refusal, text: Text) {
        if self.config.is_plain() || self.is_broken() {
            return self.conclude(reason);
        }
        if !matches!(self.phase, Phase::Over(..)) {
            self.finish(reason);
            self.outbox.refuse(reason, refusal, text);
            self.linger();
        }
    }

    /// Ends the connection; the transport is dropped at once.
    pub(super) fn conclude(&mut self, reason: CloseReason) {
        self.finish(reason);
        // The first reason counts.
        self.outbox.fail(self.close_reason().unwrap_or(reason));
        self.teardown = Teardown::Done;
    }

    /// Ends the connection. Whoever had the last word waits until the peer hangs up, since a pipe that is let go, or a
    /// socket with unread input, destroys what the peer has not read. The other side knows that all was read.
    fn conclude_gently(&mut self, reason: CloseReason) {
        self.finish(reason);
        if self.farewell.has_last_word && !self.config.is_plain() {
            self.linger();
        } else {
            self.teardown = Teardown::Done;
        }
    }

    /// The stream has ended or failed; an orderly close of which both goodbyes are known is orderly all the same.
    fn lose(&mut self, otherwise: CloseReason) {
        let answered = self.config.is_plain() || self.farewell.acked.is_some();
        let reason = match self.farewell {
            Farewell { peer_left: true, .. } if answered => self.farewell.reason(),
            Farewell { broken: Some(reason), .. } => reason,
            _ => otherwise,
        };
        self.conclude(reason);
    }

    fn finish(&mut self, reason: CloseReason) {
        if !matches!(self.phase, Phase::Over(..)) {
            self.phase = Phase::Over(reason, self.confirmation());
            self.inbox.end();
        }
    }

    fn linger(&mut self) {
        let until = self.timers.now + self.config.linger;
        self.teardown = Teardown::Lingering { until, budget: Teardown::BUDGET };
    }

    /// What the peer is known to have taken in.
    fn confirmation(&self) -> Closed {
        let (from, to) = (self.farewell.acked.unwrap_or(0) + 1, self.outbox.sent() + self.outbox.unsent());
        let flushed = self.config.is_plain() && self.farewell.shut && self.farewell.peer_left;
        match from > to {
            true => Closed::Clean,
            false if flushed => Closed::Flushed,
            false => Closed::Unconfirmed { from, to },
        }
    }
}
