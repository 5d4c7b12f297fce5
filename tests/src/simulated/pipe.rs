//! A stream in memory that holds little.

use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use smol::io::{AsyncRead, AsyncWrite};

use super::chance::Chance;

/// Between which bounds a direction's capacity is.
const LEAST: usize = 4 << 10;
const MOST: usize = 16 << 10;

/// One end. Dropping it ends both directions.
pub(super) struct End {
    inbound: Arc<Direction>,
    outbound: Arc<Direction>,
}

/// Two ends of a new pipe.
pub(super) fn pipe(chance: &mut Chance) -> (End, End) {
    let mut direction = || Arc::new(Direction::new(LEAST + chance.below(MOST - LEAST)));
    let (one, other) = (direction(), direction());
    let near = End { inbound: Arc::clone(&one), outbound: Arc::clone(&other) };
    (near, End { inbound: other, outbound: one })
}

/// One way through the pipe.
struct Direction {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bytes: VecDeque<u8>,
    /// Nothing more will be written.
    ended: bool,
    /// Nobody will read what is written.
    deaf: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Direction {
    fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default() }
    }

    /// Looks at the state, then wakes both sides: one of them for nothing.
    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let result = change(&mut state);
        let wakers = [state.reader.take(), state.writer.take()];
        drop(state);
        wakers.into_iter().flatten().for_each(Waker::wake);
        result
    }

    /// Makes an attempt; if there is nothing to be had, the waker is left where `place` says.
    fn attempt<R>(
        &self,
        cx: &Context<'_>,
        place: fn(&mut State) -> &mut Option<Waker>,
        attempt: impl FnOnce(&mut State) -> Option<R>,
    ) -> Poll<R> {
        let waker = cx.waker().clone();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(result) = attempt(&mut state) {
            drop(state);
            self.change(|_| ());
            return Poll::Ready(result);
        }
        let before = place(&mut state).replace(waker);
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl AsyncRead for End {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        self.inbound.attempt(
            cx,
            |state| &mut state.reader,
            |state| {
                let may_read = state.ended || !state.bytes.is_empty();
                may_read.then(|| state.bytes.read(buffer))
            },
        )
    }
}

impl AsyncWrite for End {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let capacity = self.outbound.capacity;
        self.outbound.attempt(
            cx,
            |state| &mut state.writer,
            |state| {
                if state.deaf || state.ended {
                    return Some(Err(io::ErrorKind::BrokenPipe.into()));
                }
                let count = bytes.len().min(capacity - state.bytes.len());
                state.bytes.extend(&bytes[..count]);
                (count > 0).then_some(Ok(count))
            },
        )
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.outbound.change(|state| state.ended = true);
        Poll::Ready(Ok(()))
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.outbound.change(|state| state.ended = true);
        self.inbound.change(|state| state.deaf = true);
    }
}
