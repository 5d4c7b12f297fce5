//! What is told of servers.

use core::time::Duration;

use bowline_core::Refusal;

#[cfg(feature = "metrics")]
use super::metrics;
#[cfg(feature = "tracing")]
use super::trace;
use crate::transport::ListenFault;
use crate::{Endpoint, Peer};

/// A server has started.
pub(crate) fn server_started(endpoint: Option<&Endpoint>) {
    #[cfg(feature = "tracing")]
    trace::server_started(endpoint);
}

/// A server lets nobody in any more.
pub(crate) fn server_stopping(endpoint: Option<&Endpoint>, clients: usize) {
    #[cfg(feature = "tracing")]
    trace::server_stopping(endpoint, clients);
}

/// A server's endpoint is free and nobody is left.
pub(crate) fn server_closed(endpoint: Option<&Endpoint>) {
    #[cfg(feature = "tracing")]
    trace::server_closed(endpoint);
}

/// A client is dropped without being told why, since too many are being told already.
pub(crate) fn turned_away(peer: &Peer, refusal: Refusal) {
    #[cfg(feature = "tracing")]
    trace::turned_away(peer, refusal);
    #[cfg(feature = "metrics")]
    metrics::turned_away(peer, refusal);
}

/// Accepting has failed, and is tried again after the pause.
pub(crate) fn accept_failed(endpoint: Option<&Endpoint>, fault: &ListenFault, pause: Duration) {
    #[cfg(feature = "tracing")]
    trace::accept_failed(endpoint, fault, pause);
    #[cfg(feature = "metrics")]
    metrics::accept_failed(fault);
}
