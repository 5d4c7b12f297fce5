//! Stands in for `unix.rs` where there are no Unix sockets.

use bowline_runtime::{Endpoint, PeerAddress};
use socket2::SockAddr;

use crate::trust::Trust;
use crate::{BindError, BindOptions, Bound, Candidate, DialError};

/// What nobody can have here.
#[derive(Debug)]
pub(crate) enum Claim {}

pub(crate) fn bind(endpoint: &Endpoint, _: &BindOptions) -> Result<Bound, BindError> {
    Err(BindError::Unsupported { scheme: endpoint.scheme() })
}

pub(crate) fn candidate(endpoint: &Endpoint, _: &Trust) -> Result<Candidate, DialError> {
    Err(DialError::Unsupported { scheme: endpoint.scheme() })
}

pub(crate) fn address(_: &SockAddr) -> PeerAddress {
    PeerAddress::Other("unknown".to_owned())
}
