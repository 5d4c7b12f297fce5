//! Clients that come through a proxy: the header of HAProxy's PROXY protocol, version 2, before everything else.

mod header;
mod network;
#[cfg(test)]
mod tests;

use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io::{self, IoSlice};
use std::sync::Arc;

use bowline_runtime::{Executor, Findings, Intake, Outflow, Peer, PeerAddress, Receive, Transport};

use crate::{Deadline, RawStream};
use header::Header;
pub use header::ProxyError;
pub use network::{Network, NetworkError};

/// How long the header may take where the protocol has no deadline of its own for that, on the plain profile.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether this peer is a proxy whose word counts. A local one is whoever the check for users lets in.
pub(crate) fn is_trusted(peer: &Peer, trusted: &[Network]) -> bool {
    match peer.address() {
        PeerAddress::Tcp(address) => trusted.iter().any(|network| network.contains(address.ip())),
        _ => true,
    }
}

/// A stream that begins with a proxy's header.
pub(crate) struct Proxied<S> {
    stream: S,
    /// Until it is there.
    waiting: Option<Waiting>,
}

struct Waiting {
    header: Header,
    findings: Findings,
    deadline: Deadline,
}

impl<S: RawStream> Proxied<S> {
    /// The stream of a client behind this proxy, and that client, as soon as it is known.
    pub(crate) fn new(stream: S, proxy: Peer, executor: &dyn Executor) -> (Self, Peer) {
        let findings = Findings::new();
        let peer = proxy.with_findings(findings.clone());
        let deadline = Deadline::new(executor.timer(), PATIENCE);
        (Self { stream, waiting: Some(Waiting { header: Header::default(), findings, deadline }) }, peer)
    }

    /// Ready once the header is there. Not a byte more has been read then.
    fn poll_header(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(waiting) = &mut self.waiting else { return Poll::Ready(Ok(())) };
        let Poll::Ready(header) = waiting.poll(&mut self.stream, cx) else {
            return waiting.deadline.poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()));
        };
        header?;
        self.waiting = None;
        Poll::Ready(Ok(()))
    }
}

impl Waiting {
    fn poll(&mut self, stream: &mut impl RawStream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.header.room().is_empty() {
            let count = ready!(stream.poll_read(cx, self.header.room()))?;
            // A proxy that looks whether we are there may do no more than connect.
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            if let Err(error) = self.header.advance(count) {
                self.findings.set_fault(error);
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, error)));
            }
        }
        if let Some(address) = self.header.source() {
            self.findings.set_address(PeerAddress::Tcp(address));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: RawStream + Transport> Transport for Proxied<S> {
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        ready!(self.poll_header(cx))?;
        self.stream.poll_recv(cx, intake)
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>> {
        self.stream.poll_send(cx, outflow)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Transport::poll_flush(&mut self.stream, cx)
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.poll_shutdown(cx)
    }

    fn ends_by_halves(&self) -> bool {
        self.stream.ends_by_halves()
    }

    fn knows_peer(&self) -> bool {
        self.waiting.is_none() && self.stream.knows_peer()
    }

    fn receiver(&self) -> Option<Arc<dyn Receive>> {
        if self.waiting.is_some() { None } else { self.stream.receiver() }
    }
}

impl<S: RawStream> RawStream for Proxied<S> {
    fn poll_read(&mut self, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_header(cx))?;
        self.stream.poll_read(cx, bytes)
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.stream.poll_write(cx, slices)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        RawStream::poll_flush(&mut self.stream, cx)
    }

    fn shutdown(&mut self) -> io::Result<()> {
        self.stream.shutdown()
    }
}
