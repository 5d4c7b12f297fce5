//! Servers, and clients that never become connections.

use core::time::Duration;

use bowline_core::Refusal;
use tracing::Level;

use super::{by, is_wanted, outside};
use crate::transport::ListenFault;
use crate::{Endpoint, Peer};

const ACCEPT: &str = "bowline::accept";
const SERVER: &str = "bowline::server";

/// An event of a server, which has no span.
macro_rules! tell_of_server {
    ($level:ident, $endpoint:expr, $($event:tt)+) => {
        if is_wanted(Level::$level) {
            let endpoint = $endpoint.map(ToString::to_string);
            outside(move || {
                tracing::event!(target: SERVER, parent: None, Level::$level, endpoint, $($event)+);
            });
        }
    };
}

pub(in crate::view) fn server_started(endpoint: Option<&Endpoint>) {
    tell_of_server!(INFO, endpoint, "server started");
}

pub(in crate::view) fn server_stopping(endpoint: Option<&Endpoint>, clients: usize) {
    tell_of_server!(INFO, endpoint, clients, "server stopping");
}

pub(in crate::view) fn server_closed(endpoint: Option<&Endpoint>) {
    tell_of_server!(INFO, endpoint, "server closed");
}

pub(in crate::view) fn turned_away(peer: &Peer, refusal: Refusal) {
    if is_wanted(Level::WARN) {
        let peer = peer.to_string();
        outside(move || {
            tracing::event!(
                target: ACCEPT, parent: None, Level::WARN, peer, by = by(refusal), %refusal, "turned away without a word"
            );
        });
    }
}

pub(in crate::view) fn accept_failed(endpoint: Option<&Endpoint>, fault: &ListenFault, pause: Duration) {
    match fault {
        // Whoever accepts has more to say about it.
        ListenFault::Transient => {}
        ListenFault::Exhausted => {
            tell_of_server!(WARN, endpoint, ?pause, "out of resources, accepting pauses");
        }
        ListenFault::Fatal(error) => {
            let error = error.to_string();
            tell_of_server!(ERROR, endpoint, error, "accepting has failed for good");
        }
    }
}
