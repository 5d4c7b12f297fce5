//! TLS as a transport.

use core::mem;
use core::task::{Context, Poll, Waker, ready};
use core::time::Duration;
use std::io;
use std::sync::Arc;

use bowline_net::{Deadline, Insecure, RawStream};
use bowline_runtime::{Findings, Intake, Outflow, Transport, with_block};

use crate::error::TlsError;
use crate::session::Session;
use crate::wakers::Wakers;

/// A secure stream. The handshake is part of it, so that whatever watches over a client that has not said hello watches
/// over the handshake, too.
pub(crate) struct TlsTransport {
    stream: Box<dyn RawStream>,
    session: Session,
    findings: Findings,
    wakers: Arc<Wakers>,
    /// The same, as the socket takes it.
    waker: Waker,
    /// How many bytes of the protocol are encrypted, and not all of that is with the system.
    lent: usize,
    /// The handshake has failed; the peer is being told.
    farewell: Option<Farewell>,
    /// Until the handshake is over. The plain profile has none of its own for that.
    deadline: Option<Deadline>,
}

/// How long a handshake of TLS may take, unless somebody says otherwise: as long as bowline's own.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Until the peer has hung up: else the system may throw away the alert that tells it why.
struct Farewell {
    error: TlsError,
    /// Our end of the stream is over.
    shut: bool,
    /// How many bytes came all the same.
    thrown_away: usize,
}

impl TlsTransport {
    pub(crate) fn new(insecure: Insecure, session: Session, patience: Duration) -> Self {
        let Insecure { stream, findings, timer } = insecure;
        let wakers = Arc::new(Wakers::default());
        let waker = Waker::from(Arc::clone(&wakers));
        let deadline = Some(Deadline::new(timer, patience));
        Self { stream, session, findings, wakers, waker, lent: 0, farewell: None, deadline }
    }

    /// Ready once the system has all ciphertext that there is. Calls both directions when it can go on.
    fn poll_flush(&mut self) -> Poll<io::Result<()>> {
        self.session.poll_flush(&mut *self.stream, &mut Context::from_waker(&self.waker))
    }

    /// What comes in, whatever that is about.
    fn poll_in(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        if self.farewell.is_none() {
            if self.session.has_ended() {
                return Poll::Ready(Ok(0));
            }
            let _whoever_is_next_tries_again = self.poll_flush();
            match ready!(self.receive(cx, intake)) {
                Ok(count) => return Poll::Ready(Ok(count)),
                Err(Failed::Stream(error)) => return Poll::Ready(Err(error)),
                Err(Failed::Tls(error)) => self.fail(error)?,
            }
        }
        self.poll_farewell(cx)
    }

    /// Reads once, and answers what TLS itself wants answered.
    fn receive(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<Result<usize, Failed>> {
        let count = with_block(|block| {
            let count = ready!(self.stream.poll_read(cx, block)).map_err(Failed::Stream)?;
            self.take_in(&block[..count], intake)?;
            Poll::Ready(Ok(count))
        });
        let count = ready!(count)?;
        let _whoever_is_next_tries_again = self.poll_flush();
        Poll::Ready(Ok(count))
    }

    fn take_in(&mut self, bytes: &[u8], intake: &mut Intake<'_>) -> Result<(), Failed> {
        if bytes.is_empty() {
            return Err(cut_off());
        }
        let (findings, wakers) = (&self.findings, &self.wakers);
        let opened = |identity: Option<_>| {
            identity.into_iter().for_each(|identity| findings.set_identity(identity));
            wakers.wake_writer();
        };
        self.session.take_in(bytes, intake, opened).map_err(Failed::Tls)
    }

    /// TLS has failed. A client that is turned away hears why; otherwise the connection ends here and now.
    fn fail(&mut self, error: TlsError) -> Result<(), io::Error> {
        self.findings.set_fault(error.clone());
        let _alert = self.poll_flush();
        if self.session.is_server() && self.session.is_shaking() {
            self.farewell = Some(Farewell { error, shut: false, thrown_away: 0 });
            return Ok(());
        }
        Err(error.into())
    }

    /// Waits until the peer hangs up. The deadline of the handshake bounds it, and so does what comes in.
    fn poll_farewell(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let has_left = self.poll_flush().is_ready();
        let Some(farewell) = &mut self.farewell else { return Poll::Pending };
        if has_left && !mem::replace(&mut farewell.shut, true) {
            let _gone_already = self.stream.shutdown();
        }
        while farewell.thrown_away < THROWN_AWAY {
            match ready!(with_block(|block| self.stream.poll_read(cx, &mut block[..THROWN_AWAY]))) {
                Ok(count @ 1..) => farewell.thrown_away += count,
                Ok(0) | Err(_) => break,
            }
        }
        Poll::Ready(Err(farewell.error.clone().into()))
    }
}

/// So many bytes of a client that is turned away are thrown away, in reads of at most as many.
const THROWN_AWAY: usize = 64 << 10;

/// What came instead of bytes.
enum Failed {
    Stream(io::Error),
    Tls(TlsError),
}

/// The stream has ended, and the peer has not said that it would: it was killed, or somebody has cut it off, and more may
/// have been on its way. That is a peer that is lost, and no orderly end, which on the plain profile it would look like.
fn cut_off() -> Failed {
    Failed::Stream(io::Error::new(io::ErrorKind::ConnectionReset, "the stream was cut off"))
}

impl Transport for TlsTransport {
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        self.wakers.set_reader(cx.waker());
        let received = self.poll_in(cx, intake);
        if !self.session.is_shaking() {
            self.deadline = None;
        }
        match &mut self.deadline {
            Some(deadline) if received.is_pending() => {
                deadline.poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
            }
            _ => received,
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>> {
        self.wakers.set_writer(cx.waker());
        ready!(self.poll_flush())?;
        if self.lent == 0 {
            // Called again when the handshake is over.
            if self.session.is_shaking() {
                return Poll::Pending;
            }
            self.lent = outflow.lend(|slices| self.session.encrypt(slices));
            ready!(self.poll_flush())?;
        }
        let count = mem::take(&mut self.lent);
        outflow.confirm(count);
        Poll::Ready(Ok(count))
    }

    fn knows_peer(&self) -> bool {
        !self.session.is_shaking()
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wakers.set_writer(cx.waker());
        self.session.end();
        ready!(self.poll_flush())?;
        Poll::Ready(self.stream.shutdown())
    }
}
