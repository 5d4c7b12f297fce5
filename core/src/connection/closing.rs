//! The end of a connection: goodbye and its answer, refusal, loss.

use core::num::NonZeroU64;

use super::{Connection, End, Phase, Teardown};
use crate::storage::Storage;
use crate::{CloseReason, Closed, Refusal, Text, TransportError, TransportErrorKind, Violation};

/// How far the two goodbyes have come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Farewell {
    /// This side wants to close.
    pub(super) wanted: bool,
    /// This side's goodbye is queued or has left.
    pub(super) said: bool,
    /// The first message that the peer has not taken in, by its answer to the goodbye.
    acked_to: Option<NonZeroU64>,
    /// The peer has said goodbye, or ended its side of a plain stream.
    pub(super) peer_left: bool,
    /// The peer was first.
    peer_was_first: bool,
    /// The answer to the peer's goodbye leaves after this side's own goodbye: nobody will say that it has arrived.
    has_last_word: bool,
    /// The transport takes no more bytes; whether that was in the middle of a frame.
    broken: Option<bool>,
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

    /// The peer's answer to the goodbye has come.
    pub(super) const fn is_acked(&self) -> bool {
        self.acked_to.is_some()
    }

    /// Why an orderly end is an end.
    pub(super) const fn reason(&self) -> CloseReason {
        if self.peer_was_first { CloseReason::PeerClosed } else { CloseReason::Closed }
    }

    /// Why the connection can't be written to any more although it is not over, if that is the transport's doing.
    pub(super) fn broken(&self) -> Option<CloseReason> {
        self.broken.map(|mid_frame| CloseReason::PeerLost { mid_frame })
    }

    /// Whether nothing more can be written.
    ///
    /// A plain stream whose one direction has ended may still be written to in the other.
    pub(super) const fn ends_output(&self, plain: bool) -> bool {
        self.said || self.wanted || (self.peer_left && !plain) || self.broken.is_some()
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
            Phase::Over => self.teardown().until().is_some(),
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
        matches!(&self.end, Some(end) if end.teardown == Teardown::Done)
    }

    /// The stream has ended: nothing more will come.
    pub fn handle_eof(&mut self) {
        let mid_frame = self.inbox.is_mid_message();
        match self.phase {
            Phase::Over => self.go_on_with(self.teardown().after_input(self.has_output())),
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
            self.farewell.broken = Some(self.inbox.is_mid_message());
            self.outbox.fail();
        }
        if self.config.is_plain() && self.farewell.peer_left {
            // The stream has ended before.
            self.lose(self.cause(error));
        }
        self.let_go();
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
    pub(super) fn end_of_input(&self) -> CloseReason {
        self.close_reason().unwrap_or(self.farewell.reason())
    }

    /// Why nothing more can be written.
    pub(super) fn end_of_output(&self) -> CloseReason {
        failure(self.end.as_deref(), &self.farewell).unwrap_or(self.farewell.reason())
    }

    /// What is left to do.
    pub(super) fn teardown(&self) -> Teardown {
        self.end.as_ref().map_or(Teardown::Done, |end| end.teardown)
    }

    /// If the connection is over: that is what is left to do.
    fn go_on_with(&mut self, teardown: Teardown) {
        if let Some(end) = &mut self.end {
            end.teardown = teardown;
        }
    }

    /// The transport is not needed any more if the connection is over.
    pub(super) fn let_go(&mut self) {
        self.go_on_with(Teardown::Done);
    }

    /// Says goodbye once everything has left, and ends the connection once both goodbyes have their answers.
    pub(super) fn go_on_closing(&mut self) {
        if let Some(end) = &self.end {
            if matches!(end.teardown, Teardown::Flushing { .. }) && !self.has_output() {
                self.let_go();
            }
            return;
        }
        if !matches!(self.phase, Phase::Open) || self.is_broken() {
            return;
        }
        let leaving = self.farewell.wanted || (self.farewell.peer_left && !self.config.is_plain());
        if leaving && !self.farewell.said && self.outbox.is_drained() {
            self.farewell.said = true;
            if !self.config.is_plain() {
                self.outbox.pending.say_goodbye();
            }
        }
        let confirmed = if self.config.is_plain() { self.farewell.shut } else { self.farewell.is_acked() };
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
        self.farewell.has_last_word = self.farewell.said && !self.outbox.pending.has_goodbye();
        self.outbox.pending.acknowledge_goodbye(self.inbox.taken_in());
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
        self.farewell.acked_to = Some(NonZeroU64::MIN.saturating_add(count));
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
        if self.end.is_none() {
            self.finish(reason);
            self.outbox.refuse(refusal, text);
            self.linger();
        }
    }

    /// Ends the connection; the transport is dropped at once.
    pub(super) fn conclude(&mut self, reason: CloseReason) {
        self.finish(reason);
        self.outbox.fail();
        self.let_go();
    }

    /// Ends the connection. Whoever had the last word waits until the peer hangs up, since a pipe that is let go, or a
    /// socket with unread input, destroys what the peer has not read. The other side knows that all was read.
    fn conclude_gently(&mut self, reason: CloseReason) {
        self.finish(reason);
        if self.farewell.has_last_word && !self.config.is_plain() {
            self.linger();
        }
    }

    /// The stream has ended or failed; an orderly close of which both goodbyes are known is orderly all the same.
    fn lose(&mut self, otherwise: CloseReason) {
        let answered = self.config.is_plain() || self.farewell.is_acked();
        let is_orderly = self.farewell.peer_left && answered;
        self.conclude(if is_orderly {
            self.farewell.reason()
        } else {
            self.farewell.broken().unwrap_or(otherwise)
        });
    }

    /// The first reason counts. Nothing is left to do, unless the transport is still needed.
    fn finish(&mut self, reason: CloseReason) {
        if self.end.is_none() {
            let end = End { reason, closed: self.confirmation(), teardown: Teardown::Done };
            (self.phase, self.end) = (Phase::Over, Some(end.into()));
            self.inbox.end();
        }
    }

    fn linger(&mut self) {
        let until = self.timers.now + self.config.linger;
        self.go_on_with(Teardown::Lingering { until, budget: Teardown::BUDGET });
    }

    /// What the peer is known to have taken in.
    fn confirmation(&self) -> Closed {
        let from = self.farewell.acked_to.map_or(1, NonZeroU64::get);
        let to = self.outbox.sent() + self.outbox.unsent();
        let flushed = self.config.is_plain() && self.farewell.shut && self.farewell.peer_left;
        match from > to {
            true => Closed::Clean,
            false if flushed => Closed::Flushed,
            false => Closed::Unconfirmed { from, to },
        }
    }
}

/// Why writes that did not leave have failed, if they have.
pub(super) fn failure(end: Option<&End>, farewell: &Farewell) -> Option<CloseReason> {
    end.map(|end| end.reason).or_else(|| farewell.broken())
}
