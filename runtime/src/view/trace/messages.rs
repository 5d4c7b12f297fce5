//! A connection's messages, without what is in them.

use std::sync::Arc;

use bowline_core::Cancelled;
use bytes::Bytes;
use tracing::{Level, Span};

use super::{Subject, is_wanted, outside};
use crate::error::{ReadError, WriteError};

const MESSAGE: &str = "bowline::message";

#[inline]
pub(in crate::view) fn queued(
    subject: &Arc<Subject>,
    kind: &'static str,
    length: usize,
    error: Option<&WriteError>,
) {
    if let Some(&WriteError::TooLong { ref payload, limit }) = error {
        let length = payload.len();
        tell!(WARN, MESSAGE, subject, length, limit, fault = "program", "too long to be sent");
    } else if error.is_none() {
        tell!(TRACE, MESSAGE, subject, kind, length, "queued");
    }
}

#[inline]
pub(in crate::view) fn queues(subject: &Arc<Subject>, counted: impl FnOnce() -> (usize, usize)) {
    if is_wanted(Level::TRACE) {
        let (messages, length) = counted();
        tell!(TRACE, MESSAGE, subject, kind = "several", messages, length, "queued");
    }
}

#[inline]
pub(in crate::view) fn sent(subject: &Arc<Subject>, result: &Result<u64, WriteError>) {
    if let &Ok(number) = result {
        tell!(TRACE, MESSAGE, subject, number, "sent");
    }
}

#[inline]
pub(in crate::view) fn received(subject: &Arc<Subject>, result: &Result<Bytes, ReadError>) {
    if let Ok(payload) = result {
        let length = payload.len();
        tell!(TRACE, MESSAGE, subject, kind = "single", length, "received");
    }
}

#[inline]
pub(in crate::view) fn received_more(subject: &Arc<Subject>, counted: impl FnOnce() -> (usize, usize)) {
    if is_wanted(Level::TRACE) {
        let (messages, length) = counted();
        tell!(TRACE, MESSAGE, subject, kind = "several", messages, length, "received");
    }
}

pub(in crate::view) fn cancelled<P>(subject: &Arc<Subject>, how: &Cancelled<P>) {
    match how {
        Cancelled::Aborted => tell!(DEBUG, MESSAGE, subject, "aborted"),
        Cancelled::Unknown => {
            tell!(WARN, MESSAGE, subject, "cancelled, and unknown whether it was received");
        }
        Cancelled::Recalled(_) => recalled(subject, 1),
        _ => {}
    }
}

pub(in crate::view) fn recalled(subject: &Arc<Subject>, messages: usize) {
    if messages == 0 {
        return;
    }
    tell!(TRACE, MESSAGE, subject, messages, "cancelled");
}
