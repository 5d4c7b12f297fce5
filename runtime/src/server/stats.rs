//! A server in numbers.

use std::collections::BTreeMap;

use bowline_core::{CloseReason, Refusal};

/// A server in numbers, since it was bound.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ServerStats {
    /// Clients that are connected now.
    pub clients: usize,
    /// Clients that wait for an answer now.
    pub undecided: usize,
    /// Clients that were let in.
    pub accepted: u64,
    /// Clients that were refused, by the code on the wire; [`Refusal::from_code`] says what it means.
    pub refused: BTreeMap<u16, u64>,
    /// Clients that were dropped before they were let in because their stream was not secure: TLS has failed, or a proxy's
    /// header was none.
    pub insecure: u64,
}

impl ServerStats {
    /// How many clients were refused for this reason.
    #[must_use]
    pub fn refused_for(&self, refusal: Refusal) -> u64 {
        self.refused.get(&refusal.code()).copied().unwrap_or(0)
    }

    /// Counts a connection that is over.
    pub(super) fn count_end(&mut self, reason: Option<CloseReason>) {
        if let Some(CloseReason::Declined(refusal)) = reason {
            *self.refused.entry(refusal.code()).or_default() += 1;
        }
    }
}
