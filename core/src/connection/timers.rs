//! Deadlines: what must happen by when, and what happens if it does not.

use core::time::Duration;

use super::{Connection, Phase, Role};
use crate::storage::Storage;
use crate::time::{Mark, Span};
use crate::{CloseReason, Heartbeat, Instant, Refusal, Text, Violation};

/// A peer that wants more signs of life than this would keep us busy.
const SHORTEST_SIGN: Duration = Duration::from_millis(10);

/// The points in time that deadlines are counted from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timers {
    /// The latest time that anybody told.
    pub(super) now: Instant,
    /// When this phase began.
    since: Instant,
    /// When the last byte came, or when reading went on after a stall.
    heard: Instant,
    /// When the frame or announced message that is coming in last grew; a ping between two chunks does not count.
    progressed: Instant,
    /// When the last byte left.
    spoke: Instant,
    /// A ping is on its way.
    pinged: Mark,
    /// Since when reading has stopped for want of room: silence means nothing then.
    stalled: Mark,
    /// By when a close must be over.
    close: Mark,
    /// How often the peer wants a sign of life, in milliseconds; 0 if it does not care.
    sign_interval: u32,
}

impl Timers {
    pub(super) const fn new(now: Instant) -> Self {
        let (since, heard, progressed, spoke) = (now, now, now, now);
        let (pinged, stalled, close) = (Mark::NONE, Mark::NONE, Mark::NONE);
        Self { now, since, heard, progressed, spoke, pinged, stalled, close, sign_interval: 0 }
    }

    /// Takes note of the time; a clock that goes backwards stands still instead.
    pub(super) fn observe(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    pub(super) fn heard(&mut self, now: Instant) {
        self.observe(now);
        self.heard = self.now;
        self.pinged = Mark::NONE;
    }

    pub(super) const fn progressed(&mut self) {
        self.progressed = self.now;
    }

    pub(super) const fn spoke(&mut self) {
        self.spoke = self.now;
    }

    pub(super) const fn enter_phase(&mut self) {
        self.since = self.now;
    }

    pub(super) fn close_by(&mut self, deadline: Instant) {
        self.close = Mark::at(self.close.get().map_or(deadline, |close| close.min(deadline)));
    }

    pub(super) const fn close_no_more(&mut self) {
        self.close = Mark::NONE;
    }

    pub(super) const fn promise_signs(&mut self, milliseconds: u32) {
        self.sign_interval = milliseconds;
    }

    /// Silence is counted anew once reading goes on.
    pub(super) fn set_stalled(&mut self, stalled: bool) {
        match (self.stalled.is_none(), stalled) {
            (true, true) => self.stalled = Mark::at(self.now),
            (false, false) => {
                (self.heard, self.progressed, self.stalled) = (self.now, self.now, Mark::NONE);
            }
            _ => {}
        }
    }

    /// The program has another chance to make room from now on.
    pub(super) fn restart_stall(&mut self) {
        if !self.stalled.is_none() {
            self.stalled = Mark::at(self.now);
        }
    }
}

/// What the timers of an open connection have to remember while nothing is under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lull {
    now: Instant,
    heard: Instant,
    spoke: Instant,
    sign_interval: u32,
}

impl Timers {
    /// `None` while a deadline runs that is not for the next ping. Of a close others know.
    pub(super) fn lull(&self) -> Option<Lull> {
        let Self { now, heard, spoke, sign_interval, .. } = *self;
        let is_calm = self.stalled.is_none() && self.pinged.is_none();
        is_calm.then_some(Lull { now, heard, spoke, sign_interval })
    }
}

impl Lull {
    pub(super) const fn end(&self) -> Timers {
        let Self { now, heard, spoke, sign_interval } = *self;
        Timers { heard, spoke, sign_interval, ..Timers::new(now) }
    }
}

/// What is due when its time has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Due {
    Handshake,
    Decision,
    Progress,
    Lost,
    Ping,
    Sign,
    Overflow,
    Close,
    Linger,
}

impl<S: Storage> Connection<S> {
    /// When [`handle_timeout`](Self::handle_timeout) is due; `None` if no deadline is running.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.is_at_ease() {
            return None;
        }
        self.deadlines().into_iter().flatten().map(|(at, _)| at).min()
    }

    /// Tells the time. What is overdue happens; a call too early does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.timers.observe(now);
        self.timers.set_stalled(self.inbox.is_stalled());
        if self.poll_timeout().is_none_or(|at| at > self.timers.now) {
            return;
        }
        // Each is looked at anew, since what happened before may have ended the connection.
        for slot in 0..self.deadlines().len() {
            if let Some((_, due)) = self.deadlines()[slot].filter(|&(at, _)| at <= self.timers.now) {
                self.happen(due);
            }
        }
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Handshake => self.violate(Violation::HandshakeTimeout),
            Due::Decision => {
                let refusal = Refusal::Unanswered;
                self.turn_away(CloseReason::Declined(refusal), refusal, Text::EMPTY);
            }
            Due::Progress => self.violate(Violation::ProgressTimeout),
            Due::Lost => self.violate(Violation::HeartbeatTimeout),
            Due::Ping => {
                self.timers.pinged = Mark::at(self.timers.now);
                self.outbox.pending.ping();
            }
            Due::Sign => {
                self.timers.spoke();
                self.outbox.pending.give_sign();
            }
            Due::Overflow => self.inbox.discard_overflow(),
            Due::Close => self.conclude(self.farewell.reason()),
            Due::Linger => self.let_go(),
        }
    }

    fn deadlines(&self) -> [Option<(Instant, Due)>; 6] {
        let since = self.timers.since;
        match self.phase {
            Phase::Greeting => {
                [Some((since + self.greeting_patience(), Due::Handshake)), None, None, None, None, None]
            }
            Phase::Deciding => {
                [Some((since + self.config.decision_timeout, Due::Decision)), None, None, None, None, None]
            }
            Phase::Open => self.open_deadlines(),
            Phase::Over => {
                [self.teardown().until().map(|until| (until, Due::Linger)), None, None, None, None, None]
            }
        }
    }

    /// Nothing is expected of the peer, nor promised to it: the state in which most connections are asked for deadlines.
    fn is_at_ease(&self) -> bool {
        let Timers { stalled, sign_interval, close, .. } = self.timers;
        let is_timed = !stalled.is_none() || sign_interval > 0 || !close.is_none();
        matches!(self.phase, Phase::Open)
            && !is_timed
            && self.config.beats().is_none()
            && !self.inbox.is_mid_message()
    }

    /// A client waits for the server's hello and for its program's decision.
    fn greeting_patience(&self) -> Span {
        match self.role {
            Role::Client => self.config.handshake_timeout.saturating_add(self.config.decision_timeout),
            Role::Server => self.config.handshake_timeout,
        }
    }

    fn open_deadlines(&self) -> [Option<(Instant, Due)>; 6] {
        let Timers { heard, progressed, spoke, stalled, pinged, sign_interval, close, .. } = self.timers;
        // A stall that has ended is noted with the next reading of the clock; until then the old deadlines ask for one.
        let stalled = stalled.get().filter(|_| self.inbox.is_stalled());
        let progress =
            self.inbox.is_mid_message().then(|| (progressed + self.config.progress_timeout, Due::Progress));
        let heartbeat = self.config.beats();
        // Whoever was asleep itself, with its machine perhaps, first asks; the peer has the rest of the patience to answer.
        let grace = |beat: Heartbeat| beat.patience().saturating_sub(beat.interval);
        let lost = heartbeat
            .zip(pinged.get())
            .map(|(beat, at)| ((heard + beat.patience()).max(at + grace(beat)), Due::Lost));
        let ping =
            heartbeat.filter(|_| pinged.is_none()).map(|heartbeat| (heard + heartbeat.interval, Due::Ping));
        // Half the interval, so that the sign arrives within it.
        let half = Duration::from_millis(u64::from(sign_interval)) / 2;
        let sign = (sign_interval > 0).then(|| (spoke + half.max(SHORTEST_SIGN), Due::Sign));
        // A closing side whose program reads no more must read on all the same, or two such sides would block each other.
        let overflow =
            stalled.filter(|_| self.farewell.wanted).map(|since| (since + self.config.linger, Due::Overflow));
        [
            progress.filter(|_| stalled.is_none()),
            lost.filter(|_| stalled.is_none()),
            ping.filter(|_| stalled.is_none()),
            sign.filter(|_| stalled.is_some()),
            overflow,
            close.get().map(|close| (close, Due::Close)),
        ]
    }
}
