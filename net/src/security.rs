//! The seam for encryption: what lies between a socket's bytes and the protocol's.

use core::error::Error;
use core::fmt::Debug;
use core::task::{Context, Poll};
use std::io::{self, IoSlice};
use std::sync::Arc;

use bowline_runtime::{Endpoint, EndpointKind, Executor, Findings, Peer, Timer, Transport};

/// A connected stream of bytes that knows nothing of the protocol: what encryption works on.
///
/// A call that returns `Pending` has registered the context's waker: for reading the last one given to `poll_read`, for
/// writing the last one given to `poll_write` or `poll_flush`. Dropping it ends the stream both ways at once.
pub trait RawStream: Send {
    /// Reads once, what is there; how many bytes. Zero means that the stream has ended.
    fn poll_read(&mut self, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Takes bytes, once; how many. The system may not have them yet: see [`poll_flush`](Self::poll_flush).
    fn poll_write(&mut self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>>;

    /// Ready when the system has every byte that was taken.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ends the write side, after everything that was flushed.
    ///
    /// # Errors
    /// The system's.
    fn shutdown(&mut self) -> io::Result<()>;
}

/// A stream that is to be made secure.
pub struct Insecure {
    /// The bytes.
    pub stream: Box<dyn RawStream>,
    /// Where to enter who the peer is, or why that could not be found out.
    pub findings: Findings,
    /// For a [`Deadline`](crate::Deadline) of the security's own.
    pub timer: Box<dyn Timer>,
}

/// What makes a server's streams secure. `bowline-tls` has one; see [`BindOptions::tls`](crate::BindOptions::tls).
pub trait ServerSecurity: Debug + Send + Sync {
    /// Puts the security on a stream that has come in. The transport shakes hands as it is polled, so that the deadline
    /// and the caps for clients that have not said hello hold for that, too. It enters in the findings who the client is,
    /// before the first byte of the protocol comes out.
    ///
    /// # Errors
    /// When the system is out of something.
    fn accept(&self, stream: Insecure) -> io::Result<Box<dyn Transport>>;
}

/// What makes a client's streams secure. `bowline-tls` has one; see [`DialOptions::tls`](crate::DialOptions::tls).
pub trait ClientSecurity: Debug + Send + Sync {
    /// Puts the security on a stream to the server of this host, which is a name or an IP address (IPv6 without brackets).
    /// The transport shakes hands as it is polled and sends nothing before the server has proven that it is this host.
    ///
    /// # Errors
    /// When nothing could ever prove that, or the system is out of something.
    fn connect(
        &self,
        stream: Insecure,
        host: &str,
    ) -> Result<Box<dyn Transport>, Box<dyn Error + Send + Sync>>;
}

/// Why an endpoint and the options about its security don't go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecurityError {
    /// `tls+tcp://`, without the option `tls`.
    #[error("tls+tcp:// needs a TLS configuration (see the option `tls`)")]
    Missing,
    /// `tcp://`, with the option `tls`: a slip of the scheme must not end in sending in the clear.
    #[error("tcp:// would not be encrypted, although there is a TLS configuration: say tls+tcp://")]
    Unused,
}

/// The security that an endpoint wants, with the host to prove, out of what the options offer.
pub(crate) fn wanted<'e, S: ?Sized>(
    endpoint: &'e Endpoint,
    offered: Option<&Arc<S>>,
) -> Result<Option<(Arc<S>, &'e str)>, SecurityError> {
    match (endpoint.kind(), offered) {
        (EndpointKind::Tls { host, .. }, Some(security)) => Ok(Some((Arc::clone(security), host))),
        (EndpointKind::Tls { .. }, None) => Err(SecurityError::Missing),
        (EndpointKind::Tcp { .. }, Some(_)) => Err(SecurityError::Unused),
        _ => Ok(None),
    }
}

impl Insecure {
    /// A stream to this peer, and the peer with room for what will be found out.
    pub(crate) fn new(stream: impl RawStream + 'static, peer: Peer, executor: &dyn Executor) -> (Self, Peer) {
        // A proxy's header may be awaited as well: it is the same peer about whom both find out.
        let findings = peer.findings().cloned().unwrap_or_default();
        let peer = peer.with_findings(findings.clone());
        (Self { stream: Box::new(stream), findings, timer: executor.timer() }, peer)
    }
}
