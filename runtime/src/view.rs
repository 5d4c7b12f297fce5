//! The view inside: what connections and servers tell `tracing` (feature `tracing`) and `metrics` (feature `metrics`).
//!
//! Both features are off by default, and then nothing of this is compiled. Neither ever sees a payload.
//!
//! # Logs
//! A connection is a span, `connection`, with its `number` in this process, its `side`, `profile`, `peer`, and a server's
//! `endpoint`. What happens to it is an event in that span:
//!
//! | target | level | events |
//! |---|---|---|
//! | `bowline::server` | info | `server started`, `server stopping`, `server closed` |
//! | | debug | `offered` to the program, `accepted` by it |
//! | | warn | `out of resources, accepting pauses` (no descriptor is left, say) |
//! | | error | `accepting has failed for good` |
//! | `bowline::accept` | debug | `a client failed before it was here` (of `bowline-net`) |
//! | | warn | `not a peer to trust` and why (of `bowline-net`), `turned away without a word`, since too many are being told why |
//! | `bowline::connect` | debug | `an address failed` (of `bowline-net`) |
//! | `bowline::connection` | debug | `connected`: a stream is there; `arrived`: the client has said hello; `opened`; `peer leaves`; `closed`, when all is well |
//! | | debug, warn | `refused`: `by` whom, `refusal` and the words in `reason`. Warns when a cap, a deadline or the lack of trust refuses, or a program that asks for no clients |
//! | | warn | `protocol violation`, `heartbeat lost`, `no progress`, `handshake too slow`, all of them the peer's `fault`; `message too long` from the peer |
//! | | warn | `closed`, when the peer was lost, or this side has aborted with something unconfirmed |
//! | | error | `closed`, when what carries the bytes has failed, an orderly close has left something unconfirmed, or the peer says that this side broke the protocol |
//! | `bowline::security` | warn | `not secure`: TLS has failed, or a proxy's header was none |
//! | `bowline::message` | trace | `queued`, `sent`, `received`: each message by kind and length; `cancelled` before anything of it left |
//! | | debug | `aborted`: cancelled with its beginning on the way |
//! | | warn | `too long to be sent`; `cancelled, and unknown whether it was received` |
//!
//! `closed` says all about the end: `reason`, `fault`, what is `unconfirmed_from` and `unconfirmed_to`, and the numbers of
//! [its statistics](crate::Stats). The span has the level error, so that it is there for every event that is.
//!
//! Events are told when no lock of the library's is held, on the thread on which things happen; those of two threads may
//! change places. A subscriber may therefore use bowline itself, and even write its log over a bowline socket. What it does
//! meanwhile on its own thread is not reported again; what other threads do for it is, and so should be
//! filtered out: a log of each message (`bowline::message` at trace) that is sent as a message has no end. It must not
//! wait for that socket. A subscriber that panics harms nobody's connection.
//!
//! # Metrics
//! `describe_metrics` (with the feature) tells a recorder the names, units and meanings; call it once the recorder is
//! installed.
//!
//! | name | kind | labels |
//! |---|---|---|
//! | `bowline_messages_sent_total`, `bowline_messages_received_total` | counter | `side`, `transport` |
//! | `bowline_sent_bytes_total`, `bowline_received_bytes_total` | counter | `side`, `transport` |
//! | `bowline_messages_aborted_total` | counter | `side`, `transport`, `direction` |
//! | `bowline_writes_cancelled_total` | counter | `side`, `transport`, `how`: `recalled`, `aborted`, `too_late`, `unknown` |
//! | `bowline_messages_queued` | gauge | `side`, `transport`, `direction` |
//! | `bowline_connections_open` | gauge | `side`, `transport` |
//! | `bowline_connections_opened_total` | counter | `side`, `transport` |
//! | `bowline_connections_closed_total` | counter | `side`, `transport`, `reason` |
//! | `bowline_connection_duration_seconds` | histogram | `side`, `transport` |
//! | `bowline_clients_accepted_total` | counter | `transport` |
//! | `bowline_clients_refused_total` | counter | `transport`, `reason` |
//! | `bowline_violations_total` | counter | `side`, `transport`, `violation` |
//! | `bowline_accept_failures_total` | counter | `kind`: `client`, `resources`, `fatal` |
//!
//! No label has more than a dozen values; no peer is named in one. *No message pays for it*: what [the statistics](crate::Stats) count is added
//! by those who look after the connection anyway, some twenty times a second while it is busy, and at its end.
//! So the sums are late by a moment while connections live, and exact when they are over.

#![cfg_attr(
    not(all(feature = "tracing", feature = "metrics")),
    allow(unused_variables, reason = "most of this is only there with these features")
)]

mod messages;
#[cfg(feature = "metrics")]
mod metrics;
mod servers;
#[cfg(feature = "tracing")]
mod trace;

#[cfg(any(feature = "tracing", feature = "metrics"))]
use core::sync::atomic::AtomicBool;
use core::sync::atomic::{AtomicUsize, Ordering};
#[cfg(any(feature = "tracing", feature = "metrics"))]
use std::sync::Arc;
#[cfg(feature = "tracing")]
use std::sync::OnceLock;

#[cfg(any(feature = "tracing", feature = "metrics"))]
use bowline_core::CloseReason;
#[cfg(feature = "tracing")]
use bowline_core::{Closed, Stats};
use bowline_core::{Config, Connection, Event, Text};

use crate::connect::Role;
use crate::link::Link;
use crate::parcel::Parcels;
use crate::{Endpoint, Peer};
#[cfg(feature = "metrics")]
pub use metrics::describe as describe_metrics;
pub(crate) use servers::{accept_failed, server_closed, server_started, server_stopping, turned_away};

/// What a connection reports, and its number in this process.
pub(crate) struct View {
    number: usize,
    #[cfg(any(feature = "tracing", feature = "metrics"))]
    subject: Arc<Subject>,
}

/// A connection, as those know it who are told of it.
#[cfg(any(feature = "tracing", feature = "metrics"))]
struct Subject {
    opened: AtomicBool,
    #[cfg(feature = "tracing")]
    span: trace::Scope,
    /// Why the program refuses it, in words.
    #[cfg(feature = "tracing")]
    words: OnceLock<Text>,
    #[cfg(feature = "metrics")]
    meter: metrics::Meter,
}

/// How a connection has ended.
#[derive(Clone, Copy)]
#[cfg(any(feature = "tracing", feature = "metrics"))]
struct Ending {
    reason: CloseReason,
    opened: bool,
    #[cfg(feature = "tracing")]
    closed: Closed,
    #[cfg(feature = "tracing")]
    stats: Stats,
}

#[cfg(any(feature = "tracing", feature = "metrics"))]
impl Ending {
    fn of(connection: &Connection<Parcels>) -> Option<Self> {
        Some(Self {
            reason: connection.close_reason()?,
            opened: connection.has_opened(),
            #[cfg(feature = "tracing")]
            closed: connection.closed()?,
            #[cfg(feature = "tracing")]
            stats: connection.stats(),
        })
    }
}

static LAST_NUMBER: AtomicUsize = AtomicUsize::new(0);

// Of a connection.
impl View {
    /// A connection that begins. Calls the program's code: no lock may be held.
    pub(crate) fn new(side: Role, config: &Config, endpoint: Option<&Endpoint>, peer: &Peer) -> Self {
        let number = LAST_NUMBER.fetch_add(1, Ordering::Relaxed) + 1;
        Self {
            number,
            #[cfg(any(feature = "tracing", feature = "metrics"))]
            subject: Arc::new(Subject {
                opened: AtomicBool::new(false),
                #[cfg(feature = "tracing")]
                span: trace::Scope::new(number, side, config, endpoint, peer),
                #[cfg(feature = "tracing")]
                words: OnceLock::new(),
                #[cfg(feature = "metrics")]
                meter: metrics::Meter::new(side, peer),
            }),
        }
    }

    pub(crate) const fn number(&self) -> usize {
        self.number
    }

    /// A stream is there.
    pub(crate) fn connected(&self) {
        #[cfg(feature = "tracing")]
        trace::connected(&self.subject);
    }

    /// What the core has to say about the connection's life.
    pub(crate) fn happened(&self, event: Event, connection: &Connection<Parcels>, peer: &Peer) {
        #[cfg(any(feature = "tracing", feature = "metrics"))]
        match event {
            Event::Opened => self.opened(),
            Event::Over => self.over(connection, peer),
            #[cfg(feature = "tracing")]
            Event::Arrived => trace::arrived(&self.subject, peer),
            #[cfg(feature = "tracing")]
            Event::PeerLeaving => trace::peer_leaves(&self.subject),
            _ => {}
        }
    }

    #[cfg(any(feature = "tracing", feature = "metrics"))]
    fn opened(&self) {
        if self.subject.opened.swap(true, Ordering::Relaxed) {
            return;
        }
        #[cfg(feature = "tracing")]
        trace::opened(&self.subject);
        #[cfg(feature = "metrics")]
        self.subject.meter.opened();
    }

    #[cfg(any(feature = "tracing", feature = "metrics"))]
    fn over(&self, connection: &Connection<Parcels>, peer: &Peer) {
        let Some(ending) = Ending::of(connection) else { return };
        // Whatever comes in one step is told in its order all the same.
        if ending.opened {
            self.opened();
        }
        #[cfg(feature = "tracing")]
        trace::over(&self.subject, ending, peer);
        #[cfg(feature = "metrics")]
        self.subject.meter.over(&ending);
    }

    /// The program refuses it with these words.
    pub(crate) fn refuses(&self, words: Text) {
        #[cfg(feature = "tracing")]
        let _once = self.subject.words.set(words);
    }

    /// The server's program may take it.
    pub(crate) fn offered(&self) {
        #[cfg(feature = "tracing")]
        trace::offered(&self.subject);
    }

    /// The server's program has let it in.
    pub(crate) fn accepted(&self) {
        #[cfg(feature = "tracing")]
        trace::accepted(&self.subject);
        #[cfg(feature = "metrics")]
        self.subject.meter.accepted();
    }
}

impl Link {
    /// The keeper or the lookout looks: what has moved since it last did is added up.
    #[inline]
    pub(crate) fn look(&self) {
        #[cfg(feature = "metrics")]
        self.view.subject.meter.look(|| self.ask(Connection::stats));
    }

    /// The keeper has looked for the last time.
    pub(crate) fn look_back(&self) {
        #[cfg(feature = "metrics")]
        self.view.subject.meter.look_back(self.ask(Connection::stats));
    }
}
