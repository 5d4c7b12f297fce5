//! Spans and events. Which there are, and at which level, is in the table of the module above.

use core::cell::Cell;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;

use bowline_core::{CloseReason, Closed, Config, Fault, Profile, Refusal, Text, Violation};
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing::{Level, Span};

use super::{Ending, Subject};
use crate::connect::Role;
use crate::{Endpoint, Peer, defer};

const CONNECTION: &str = "bowline::connection";
const SECURITY: &str = "bowline::security";
const SERVER: &str = "bowline::server";

/// A connection's span.
pub(super) struct Scope(Option<Span>);

impl Scope {
    pub(super) fn new(
        number: usize,
        side: Role,
        config: &Config,
        endpoint: Option<&Endpoint>,
        peer: &Peer,
    ) -> Self {
        let side = if side == Role::Server { "server" } else { "client" };
        let profile = if *config == config.profile(Profile::Plain) { "plain" } else { "full" };
        let endpoint = endpoint.map(tracing::field::display);
        let mut span = None;
        guarded(|| {
            span = Some(tracing::error_span!(
                target: CONNECTION, parent: None, "connection", number, side, profile, endpoint, %peer
            ));
        });
        Self(span)
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        if let Some(span) = self.0.take() {
            outside(move || drop(span));
        }
    }
}

thread_local! {
    /// A subscriber is being called on this thread.
    static TELLING: Cell<bool> = const { Cell::new(false) };
}

/// Calls a subscriber, which is the program's code: once no lock is held, and whatever comes of it. What that does on this
/// thread meanwhile is not told.
#[cold]
fn outside(tell: impl FnOnce() + Send + 'static) {
    defer::outside(move || guarded(tell));
}

fn guarded(tell: impl FnOnce()) {
    if TELLING.with(|telling| telling.replace(true)) {
        return;
    }
    let _reported_by_the_hook = catch_unwind(AssertUnwindSafe(tell));
    TELLING.with(|telling| telling.set(false));
}

/// Whether anybody may want to hear of this level; asks nobody, so that a lock may be held.
#[inline]
fn is_wanted(level: Level) -> bool {
    level <= STATIC_MAX_LEVEL && level <= LevelFilter::current()
}

/// An event of a connection.
macro_rules! tell {
    ($level:ident, $target:expr, $subject:expr, $($event:tt)+) => {
        if is_wanted(Level::$level) {
            let subject: Arc<Subject> = Arc::clone($subject);
            outside(move || {
                let parent = subject.span.0.as_ref().and_then(Span::id);
                tracing::event!(target: $target, parent: parent, Level::$level, $($event)+);
            });
        }
    };
}

/// The same, at a level that depends on what happened.
macro_rules! tell_at {
    ($level:expr, $($rest:tt)+) => {
        match $level {
            Level::ERROR => tell!(ERROR, $($rest)+),
            Level::WARN => tell!(WARN, $($rest)+),
            _ => tell!(DEBUG, $($rest)+),
        }
    };
}

// Behind the macros, which they use.
mod messages;
mod servers;

pub(super) use messages::{cancelled, queued, queues, recalled, received, received_more, sent};
pub(super) use servers::{accept_failed, server_closed, server_started, server_stopping, turned_away};

pub(super) fn connected(subject: &Arc<Subject>) {
    tell!(DEBUG, CONNECTION, subject, "connected");
}

/// By now the transport has found out who the peer is.
pub(super) fn arrived(subject: &Arc<Subject>, peer: &Peer) {
    if is_wanted(Level::DEBUG) {
        let (peer, identified) = (peer.to_string(), peer.identity().is_some());
        tell!(DEBUG, CONNECTION, subject, peer, identified, "arrived");
    }
}

pub(super) fn offered(subject: &Arc<Subject>) {
    tell!(DEBUG, SERVER, subject, "offered");
}

pub(super) fn accepted(subject: &Arc<Subject>) {
    tell!(DEBUG, SERVER, subject, "accepted");
}

pub(super) fn opened(subject: &Arc<Subject>) {
    tell!(DEBUG, CONNECTION, subject, "opened");
}

pub(super) fn peer_leaves(subject: &Arc<Subject>) {
    tell!(DEBUG, CONNECTION, subject, "peer leaves");
}

pub(super) fn over(subject: &Arc<Subject>, ending: Ending, peer: &Peer) {
    if let Some(fault) = peer.shared_fault() {
        tell!(WARN, SECURITY, subject, error = %fault, fault = "peer", "not secure");
    }
    match ending.reason {
        CloseReason::Declined(refusal) => {
            let words = subject.words.get().copied().unwrap_or(Text::EMPTY);
            refused(subject, judge(refusal), by(refusal), refusal, words);
        }
        CloseReason::Refused { refusal, reason } => {
            refused(subject, Level::DEBUG, "peer", refusal, reason);
        }
        CloseReason::Violated(violation) => violated(subject, violation),
        _ => {}
    }
    closed(subject, ending);
}

/// The words are escaped: a peer may have chosen them.
fn refused(subject: &Arc<Subject>, level: Level, by: &'static str, refusal: Refusal, words: Text) {
    let code = refusal.code();
    tell_at!(level, CONNECTION, subject, by, %refusal, code, reason = %words.as_str().escape_debug(), "refused");
}

/// Who refuses a client for this reason.
const fn by(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Declined | Refusal::Application(_) => "application",
        Refusal::Full | Refusal::UserLimit | Refusal::Backlog => "cap",
        Refusal::Unanswered => "deadline",
        Refusal::Unauthorized => "trust",
        _ => "server",
    }
}

const fn judge(refusal: Refusal) -> Level {
    match refusal {
        Refusal::Declined | Refusal::Application(_) | Refusal::ShuttingDown => Level::DEBUG,
        _ => Level::WARN,
    }
}

fn violated(subject: &Arc<Subject>, violation: Violation) {
    macro_rules! tell_violation {
        ($message:literal) => {
            tell!(WARN, CONNECTION, subject, %violation, code = violation.code(), fault = "peer", $message)
        };
    }
    match violation {
        Violation::HandshakeTimeout => tell_violation!("handshake too slow"),
        Violation::HeartbeatTimeout => tell_violation!("heartbeat lost"),
        Violation::ProgressTimeout => tell_violation!("no progress"),
        Violation::TooLong => tell_violation!("message too long"),
        _ => tell_violation!("protocol violation"),
    }
}

fn closed(subject: &Arc<Subject>, ending: Ending) {
    let Ending { reason, closed, stats, .. } = ending;
    let (confirmed, from, to) = match closed {
        Closed::Clean => ("all", None, None),
        Closed::Unconfirmed { from, to } => ("not all", Some(from), Some(to)),
        _ => ("unknown", None, None),
    };
    let (sent, received) = (stats.sent, stats.received);
    tell_at!(
        severity(&ending),
        CONNECTION,
        subject,
        reason = %Escaped(reason),
        fault = fault(reason),
        confirmed,
        unconfirmed_from = from,
        unconfirmed_to = to,
        sent = sent.messages,
        sent_bytes = sent.bytes,
        sent_aborted = sent.aborted,
        received = received.messages,
        received_bytes = received.bytes,
        received_aborted = received.aborted,
        unread = received.queued,
        "closed"
    );
}

/// A reason with the peer's own words in it, on one line.
struct Escaped(CloseReason);

impl core::fmt::Display for Escaped {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            CloseReason::Refused { refusal, .. } => write!(f, "refused by the peer: {refusal}"),
            reason => reason.fmt(f),
        }
    }
}

const fn fault(reason: CloseReason) -> &'static str {
    match reason.fault() {
        Fault::Peer => "peer",
        Fault::Transport => "transport",
        _ => "nobody",
    }
}

/// An error is this side's fault, or data that is lost although nobody wanted that; a warning what the peer has done.
const fn severity(ending: &Ending) -> Level {
    let unconfirmed = matches!(ending.closed, Closed::Unconfirmed { .. });
    match ending.reason {
        CloseReason::Refused { refusal: Refusal::Violation(_), .. } | CloseReason::Transport(_) => {
            Level::ERROR
        }
        CloseReason::PeerLost { .. } if ending.opened => Level::WARN,
        CloseReason::Aborted if unconfirmed => Level::WARN,
        CloseReason::Closed | CloseReason::PeerClosed if unconfirmed => Level::ERROR,
        _ => Level::DEBUG,
    }
}
