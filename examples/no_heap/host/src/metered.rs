//! A stream that lets so many bytes out and no more: a slow line, stopped at a known place.

use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How many bytes may leave.
#[derive(Clone, Debug)]
pub(crate) struct Meter(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    left: usize,
    /// Whoever wants to send more.
    waiting: Option<Waker>,
}

impl Meter {
    /// Any number.
    pub(crate) fn open() -> Self {
        Self(Arc::new(Mutex::new(State { left: usize::MAX, waiting: None })))
    }

    /// `left` bytes from now on.
    pub(crate) fn set(&self, left: usize) {
        let mut state = self.lock();
        state.left = left;
        if let Some(waker) = state.waiting.take() {
            waker.wake();
        }
    }

    /// How many bytes may still leave.
    pub(crate) fn left(&self) -> usize {
        self.lock().left
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream with a meter at its way out.
#[derive(Debug)]
pub(crate) struct Metered<T> {
    pub(crate) stream: T,
    pub(crate) meter: Meter,
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Metered<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let meter = self.meter.clone();
        let mut state = meter.lock();
        if state.left == 0 {
            state.waiting = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let most = bytes.len().min(state.left);
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &bytes[..most]))?;
        state.left -= written;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Metered<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        room: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, room)
    }
}
