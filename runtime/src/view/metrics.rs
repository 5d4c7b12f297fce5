//! Counters, gauges and a histogram. Which there are, with their labels, is in the table of the module above.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use bowline_core::{Cancelled, CloseReason, Refusal, Stats, Traffic, Violation};
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use super::Ending;
use crate::connect::Role;
use crate::transport::ListenFault;
use crate::{Peer, PeerAddress, defer};

const MESSAGES_SENT: &str = "bowline_messages_sent_total";
const MESSAGES_RECEIVED: &str = "bowline_messages_received_total";
const SENT_BYTES: &str = "bowline_sent_bytes_total";
const RECEIVED_BYTES: &str = "bowline_received_bytes_total";
const ABORTED: &str = "bowline_messages_aborted_total";
const CANCELLED: &str = "bowline_writes_cancelled_total";
const QUEUED: &str = "bowline_messages_queued";
const OPEN: &str = "bowline_connections_open";
const OPENED: &str = "bowline_connections_opened_total";
const CLOSED: &str = "bowline_connections_closed_total";
const DURATION: &str = "bowline_connection_duration_seconds";
const ACCEPTED: &str = "bowline_clients_accepted_total";
const REFUSED: &str = "bowline_clients_refused_total";
const VIOLATIONS: &str = "bowline_violations_total";
const ACCEPT_FAILURES: &str = "bowline_accept_failures_total";

/// Tells the recorder what each metric of bowline's is, and in which unit. Call it once the recorder is installed.
pub fn describe() {
    describe_counter!(MESSAGES_SENT, Unit::Count, "Messages handed over to the transport");
    describe_counter!(MESSAGES_RECEIVED, Unit::Count, "Messages received whole");
    describe_counter!(SENT_BYTES, Unit::Bytes, "Payloads of the messages that were sent");
    describe_counter!(RECEIVED_BYTES, Unit::Bytes, "Payloads of the messages that were received");
    describe_counter!(ABORTED, Unit::Count, "Messages that were withdrawn after their beginning had left");
    describe_counter!(CANCELLED, Unit::Count, "Writes that were cancelled or dropped, by what that did");
    describe_gauge!(QUEUED, Unit::Count, "Messages that are not read, or not sent, yet");
    describe_gauge!(OPEN, Unit::Count, "Connections that are open");
    describe_counter!(OPENED, Unit::Count, "Connections that were opened");
    describe_counter!(CLOSED, Unit::Count, "Connections that are over, by why; those that never opened, too");
    describe_histogram!(DURATION, Unit::Seconds, "How long connections lasted, from the stream to the end");
    describe_counter!(ACCEPTED, Unit::Count, "Clients that the program has let in");
    describe_counter!(REFUSED, Unit::Count, "Clients that were refused, by why");
    describe_counter!(VIOLATIONS, Unit::Count, "Connections whose peer broke the protocol, by how");
    describe_counter!(ACCEPT_FAILURES, Unit::Count, "Failed accepts, by what failed");
}

/// What one connection adds to the sums.
pub(super) struct Meter {
    labels: Labels,
    since: Instant,
    /// What was added already; `None` once all was.
    told: Mutex<Option<Stats>>,
}

#[derive(Clone, Copy)]
struct Labels {
    side: &'static str,
    transport: &'static str,
}

/// A metric of a connection.
macro_rules! of {
    ($kind:ident, $labels:expr, $name:expr $(, $label:literal => $value:expr)*) => {
        $kind!($name, "side" => $labels.side, "transport" => $labels.transport $(, $label => $value)*)
    };
}

impl Meter {
    pub(super) fn new(side: Role, peer: &Peer) -> Self {
        let side = if side == Role::Server { "server" } else { "client" };
        let labels = Labels { side, transport: transport(peer) };
        Self { labels, since: Instant::now(), told: Mutex::new(Some(Stats::default())) }
    }

    pub(super) fn accepted(&self) {
        let Labels { transport, .. } = self.labels;
        outside(move || counter!(ACCEPTED, "transport" => transport).increment(1));
    }

    pub(super) fn opened(&self) {
        let labels = self.labels;
        outside(move || {
            of!(counter, labels, OPENED).increment(1);
            of!(gauge, labels, OPEN).increment(1);
        });
    }

    pub(super) fn over(&self, ending: &Ending) {
        let (labels, lasted, Ending { reason, opened, .. }) = (self.labels, self.since.elapsed(), *ending);
        outside(move || {
            of!(counter, labels, CLOSED, "reason" => end(reason)).increment(1);
            of!(histogram, labels, DURATION).record(lasted);
            if opened {
                of!(gauge, labels, OPEN).decrement(1);
            }
            match reason {
                CloseReason::Declined(refusal) if labels.side == "server" => {
                    count_refusal(labels.transport, refusal);
                }
                CloseReason::Violated(violation) => {
                    of!(counter, labels, VIOLATIONS, "violation" => name(violation)).increment(1);
                }
                _ => {}
            }
        });
    }

    pub(super) fn cancelled<P>(&self, how: &Cancelled<P>) {
        let labels = self.labels;
        let how = match how {
            Cancelled::Recalled(_) => "recalled",
            Cancelled::Aborted => "aborted",
            Cancelled::TooLate => "too_late",
            _ => "unknown",
        };
        outside(move || of!(counter, labels, CANCELLED, "how" => how).increment(1));
    }

    pub(super) fn recalled(&self, messages: usize) {
        if messages == 0 {
            return;
        }
        let labels = self.labels;
        outside(move || of!(counter, labels, CANCELLED, "how" => "recalled").increment(messages as u64));
    }

    /// Adds what has moved since the last look. Several may look at a time, and none of them at what was before another's look.
    pub(super) fn look(&self, stats: impl FnOnce() -> Stats) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let stats = stats();
        let Some(before) = told.filter(|before| *before != stats) else { return };
        *told = Some(stats);
        drop(told);
        let labels = self.labels;
        outside(move || add(labels, before, stats));
    }

    /// Adds what the last look has not seen. Whatever is still queued is so no longer.
    pub(super) fn look_back(&self, stats: Stats) {
        let before = self.told.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (labels, mut stats) = (self.labels, stats);
        (stats.sent.queued, stats.received.queued) = (0, 0);
        if let Some(before) = before {
            outside(move || add(labels, before, stats));
        }
    }
}

fn add(labels: Labels, before: Stats, now: Stats) {
    let grown = |name, count: u64| {
        if count > 0 {
            of!(counter, labels, name).increment(count);
        }
    };
    grown(MESSAGES_SENT, now.sent.messages.saturating_sub(before.sent.messages));
    grown(SENT_BYTES, now.sent.bytes.saturating_sub(before.sent.bytes));
    grown(MESSAGES_RECEIVED, now.received.messages.saturating_sub(before.received.messages));
    grown(RECEIVED_BYTES, now.received.bytes.saturating_sub(before.received.bytes));
    add_one_way(labels, "sent", before.sent, now.sent);
    add_one_way(labels, "received", before.received, now.received);
}

fn add_one_way(labels: Labels, direction: &'static str, before: Traffic, now: Traffic) {
    let aborted = now.aborted.saturating_sub(before.aborted);
    if aborted > 0 {
        of!(counter, labels, ABORTED, "direction" => direction).increment(aborted);
    }
    if now.queued != before.queued {
        let queued = of!(gauge, labels, QUEUED, "direction" => direction);
        queued.increment(float(now.queued));
        queued.decrement(float(before.queued));
    }
}

/// Queues are shorter than that.
fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A client was dropped without a word.
pub(super) fn turned_away(peer: &Peer, refusal: Refusal) {
    let transport = transport(peer);
    outside(move || count_refusal(transport, refusal));
}

pub(super) fn accept_failed(fault: &ListenFault) {
    let kind = match fault {
        ListenFault::Transient => "client",
        ListenFault::Exhausted => "resources",
        ListenFault::Fatal(_) => "fatal",
    };
    outside(move || counter!(ACCEPT_FAILURES, "kind" => kind).increment(1));
}

fn count_refusal(transport: &'static str, refusal: Refusal) {
    counter!(REFUSED, "transport" => transport, "reason" => word(refusal)).increment(1);
}

/// Calls a recorder, which is the program's code: once no lock is held, and whatever comes of it.
fn outside(record: impl FnOnce() + Send + 'static) {
    defer::outside(move || drop(catch_unwind(AssertUnwindSafe(record))));
}

fn transport(peer: &Peer) -> &'static str {
    match peer.address() {
        PeerAddress::Unix(_) => "unix",
        PeerAddress::Abstract(_) => "abstract",
        PeerAddress::Tcp(_) => "tcp",
        PeerAddress::Pipe(_) => "pipe",
        PeerAddress::Other(_) => "other",
    }
}

const fn end(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Closed => "closed",
        CloseReason::Aborted => "aborted",
        CloseReason::PeerClosed => "peer_closed",
        CloseReason::PeerLost { .. } => "peer_lost",
        CloseReason::Refused { .. } => "refused",
        CloseReason::Declined(_) => "declined",
        CloseReason::Violated(_) => "violated",
        CloseReason::Transport(_) => "transport",
        _ => "other",
    }
}

/// The application's own codes are one, or there could be many.
const fn word(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NotAccepting => "not_accepting",
        Refusal::Full => "full",
        Refusal::UserLimit => "user_limit",
        Refusal::Backlog => "backlog",
        Refusal::Unanswered => "unanswered",
        Refusal::Declined => "declined",
        Refusal::ShuttingDown => "shutting_down",
        Refusal::Unauthorized => "unauthorized",
        Refusal::Violation(_) => "violation",
        Refusal::Application(_) => "application",
        _ => "other",
    }
}

const fn name(violation: Violation) -> &'static str {
    match violation {
        Violation::BadMagic => "bad_magic",
        Violation::BadVersion => "bad_version",
        Violation::UnknownKind => "unknown_kind",
        Violation::TooLong => "too_long",
        Violation::BadLength => "bad_length",
        Violation::Unexpected => "unexpected",
        Violation::ChunkOverflow => "chunk_overflow",
        Violation::CountMismatch => "count_mismatch",
        Violation::TooManyAborts => "too_many_aborts",
        Violation::HandshakeTimeout => "handshake_timeout",
        Violation::ProgressTimeout => "progress_timeout",
        Violation::HeartbeatTimeout => "heartbeat_timeout",
        _ => "other",
    }
}
