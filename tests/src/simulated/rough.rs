//! Any stream as a transport that makes the most of what a stream may do: it takes and gives as little as it likes, is
//! not ready although it was, and calls for nothing.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;
use std::sync::Arc;

use bowline_runtime::{Executor, Intake, Outflow, Transport};
use smol::io::{AsyncRead, AsyncWrite};

use super::chance::Chance;

/// How often it hesitates: once in so many times.
const HESITATION: usize = 8;
/// So much it takes before it hesitates to take more: tests need messages of which some has left after one attempt.
const WILLING: usize = 2 << 10;

pub(super) struct Rough<T> {
    stream: T,
    chance: Chance,
    executor: Arc<dyn Executor>,
    taken: usize,
}

impl<T> Rough<T> {
    pub(super) fn new(stream: T, chance: Chance, executor: Arc<dyn Executor>) -> Self {
        Self { stream, chance, executor, taken: 0 }
    }

    /// Not now; it calls from within this call, or later and from elsewhere.
    fn hesitates(&mut self, cx: &Context<'_>) -> bool {
        let hesitates = self.chance.once_in(HESITATION);
        if hesitates && self.chance.once_in(2) {
            cx.waker().wake_by_ref();
        } else if hesitates {
            let waker = cx.waker().clone();
            self.executor.spawn(Box::pin(async move { waker.wake() }));
        }
        hesitates
    }
}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for Rough<T> {
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        if self.hesitates(cx) {
            return Poll::Pending;
        }
        let (stream, chance) = (&mut self.stream, &mut self.chance);
        intake.poll_read(|bytes| {
            let length = chance.length(bytes.len());
            Pin::new(&mut *stream).poll_read(cx, &mut bytes[..length])
        })
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>> {
        if self.taken >= WILLING && self.hesitates(cx) {
            self.taken = 0;
            return Poll::Pending;
        }
        let (stream, chance) = (&mut self.stream, &mut self.chance);
        let sent = outflow.poll_write(|slices| {
            let most = chance.length(slices.iter().map(|slice| slice.len()).sum());
            several(slices.iter().map(|slice| &**slice), most, |slice, length| {
                Pin::new(&mut *stream).poll_write(cx, &slice[..length])
            })
        });
        if let Poll::Ready(Ok(count)) = sent {
            self.taken += count;
        }
        sent
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}

/// Moves one slice after the other, `most` bytes in all, until one is moved in part only. A failure counts if nothing was
/// moved before it.
fn several<S: AsRef<[u8]>>(
    slices: impl Iterator<Item = S>,
    most: usize,
    mut step: impl FnMut(S, usize) -> Poll<io::Result<usize>>,
) -> Poll<io::Result<usize>> {
    let mut moved = 0;
    for slice in slices.filter(|slice| !slice.as_ref().is_empty()) {
        let length = slice.as_ref().len().min(most - moved);
        match step(slice, length) {
            Poll::Ready(Ok(count)) if count == length && moved + count < most => moved += count,
            Poll::Ready(Ok(count)) => return Poll::Ready(Ok(moved + count)),
            nothing if moved == 0 => return nothing,
            _ => break,
        }
    }
    Poll::Ready(Ok(moved))
}
