//! What a transport finds out about a peer while the connection opens.

use core::error::Error;
use core::fmt;
use std::sync::{Arc, OnceLock};

use super::PeerAddress;

/// What a transport finds out about its peer while the connection opens, later than the [`Peer`](super::Peer) was made:
/// who it is, from its certificate, and where it is, from a proxy's header. For those who write transports.
///
/// Clones are the same findings. Each can be made once.
///
/// ```
/// use bowline_runtime::{Findings, Identity, Peer, PeerAddress};
///
/// let findings = Findings::new();
/// let peer = Peer::new(PeerAddress::Tcp(([10, 0, 0, 1], 80).into())).with_findings(findings.clone());
/// assert_eq!(peer.identity(), None);
///
/// findings.set_identity(Identity::new(vec![b"der".to_vec()]));
/// assert_eq!(peer.identity().and_then(|identity| identity.certificates().next()), Some(&b"der"[..]));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Findings(Arc<Found>);

#[derive(Debug, Default)]
struct Found {
    address: OnceLock<PeerAddress>,
    identity: OnceLock<Identity>,
    fault: OnceLock<Arc<dyn Error + Send + Sync>>,
}

impl Findings {
    /// Nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The peer is really there: the address of the socket is only that of a proxy.
    pub fn set_address(&self, address: PeerAddress) {
        let _once = self.0.address.set(address);
    }

    /// The peer has proven who it is.
    pub fn set_identity(&self, identity: Identity) {
        let _once = self.0.identity.set(identity);
    }

    /// The stream can't be trusted, and this is why. A connect that comes to nothing then says
    /// [`Insecure`](crate::ConnectError::Insecure).
    pub fn set_fault(&self, fault: impl Error + Send + Sync + 'static) {
        let _first = self.0.fault.set(Arc::new(fault));
    }

    pub(super) fn address(&self) -> Option<&PeerAddress> {
        self.0.address.get()
    }

    pub(super) fn identity(&self) -> Option<&Identity> {
        self.0.identity.get()
    }

    pub(super) fn fault(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        self.0.fault.get().map(|fault| &**fault)
    }

    pub(super) fn shared_fault(&self) -> Option<Arc<dyn Error + Send + Sync>> {
        self.0.fault.get().cloned()
    }
}

/// Equal if the same was found.
impl PartialEq for Findings {
    fn eq(&self, other: &Self) -> bool {
        (self.address(), self.identity()) == (other.address(), other.identity())
    }
}

impl Eq for Findings {}

/// Who a peer is, as its certificate says and this side's rules have accepted.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    certificates: Vec<Vec<u8>>,
}

impl Identity {
    /// The peer of this chain of certificates in DER, its own one first.
    #[must_use]
    pub fn new(certificates: Vec<Vec<u8>>) -> Self {
        Self { certificates }
    }

    /// The certificates in DER, the peer's own one first, then the issuers that it sent.
    ///
    /// Any crate for X.509 reads names out of them. To recognize one peer again, compare the first one as a whole.
    pub fn certificates(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.certificates.iter().map(Vec::as_slice)
    }
}

/// Their lengths; the bytes are no use in a log.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths: Vec<_> = self.certificates.iter().map(|der| format!("{} bytes", der.len())).collect();
        f.debug_struct("Identity").field("certificates", &lengths).finish()
    }
}
