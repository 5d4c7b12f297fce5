//! What is told of messages.

use bowline_core::Cancelled;
use bytes::Bytes;

use super::View;
#[cfg(feature = "tracing")]
use super::trace;
use crate::error::{ReadError, WriteError};

impl View {
    /// A message was to be queued.
    #[inline]
    pub(crate) fn queued(&self, kind: &'static str, length: usize, error: Option<&WriteError>) {
        #[cfg(feature = "tracing")]
        trace::queued(&self.subject, kind, length, error);
    }

    /// Several messages are to be queued.
    #[inline]
    pub(crate) fn queues(&self, counted: impl FnOnce() -> (usize, usize)) {
        #[cfg(feature = "tracing")]
        trace::queues(&self.subject, counted);
    }

    /// A write has its end.
    #[inline]
    pub(crate) fn sent(&self, result: &Result<u64, WriteError>) {
        #[cfg(feature = "tracing")]
        trace::sent(&self.subject, result);
    }

    /// A read has its end.
    #[inline]
    pub(crate) fn received(&self, result: &Result<Bytes, ReadError>) {
        #[cfg(feature = "tracing")]
        trace::received(&self.subject, result);
    }

    /// More messages came with the first.
    #[inline]
    pub(crate) fn received_more(&self, counted: impl FnOnce() -> (usize, usize)) {
        #[cfg(feature = "tracing")]
        trace::received_more(&self.subject, counted);
    }

    /// A write was cancelled.
    #[inline]
    pub(crate) fn cancelled<P>(&self, how: &Cancelled<P>) {
        #[cfg(feature = "tracing")]
        trace::cancelled(&self.subject, how);
        #[cfg(feature = "metrics")]
        self.subject.meter.cancelled(how);
    }

    /// Several writes were taken back.
    #[inline]
    pub(crate) fn recalled(&self, messages: usize) {
        #[cfg(feature = "tracing")]
        trace::recalled(&self.subject, messages);
        #[cfg(feature = "metrics")]
        self.subject.meter.recalled(messages);
    }
}
