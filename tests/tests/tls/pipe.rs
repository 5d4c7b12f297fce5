//! A stream in memory, whose system takes bytes when the test says so.

use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::io::{self, IoSlice, Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use bowline_net::RawStream;
use bowline_tests::watchdog::PATIENCE;

/// The end that bowline holds.
pub(crate) struct Near(Arc<Shared>);

/// The end that the test holds, on a thread that may block.
pub(crate) struct Far(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    to_near: VecDeque<u8>,
    to_far: VecDeque<u8>,
    /// How many bytes are still taken from the near end; `None` if any number.
    room: Option<usize>,
    /// What was taken is not with the system yet.
    held_back: bool,
    /// Something was taken since everything was with the system.
    dirty: bool,
    ended: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

pub(crate) fn pipe() -> (Near, Far) {
    let shared = Arc::<Shared>::default();
    (Near(Arc::clone(&shared)), Far(shared))
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Changes what is there, and calls whoever waited for just that.
    fn change(&self, change: impl FnOnce(&mut State) -> Option<Waker>) {
        let waker = change(&mut self.lock());
        waker.into_iter().for_each(Waker::wake);
        self.changed.notify_all();
    }
}

impl RawStream for Near {
    fn poll_read(&mut self, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut state = self.0.lock();
        if state.to_near.is_empty() && !state.ended {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(state.to_near.read(bytes))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let bytes = slices.iter().find(|slice| !slice.is_empty()).map_or(&[][..], |slice| slice);
        let mut state = self.0.lock();
        let count = state.room.unwrap_or(usize::MAX).min(bytes.len());
        if count == 0 {
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        state.room = state.room.map(|room| room - count);
        state.to_far.extend(&bytes[..count]);
        state.dirty = true;
        drop(state);
        self.0.changed.notify_all();
        Poll::Ready(Ok(count))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.0.lock();
        if state.held_back && state.dirty {
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        state.dirty = false;
        Poll::Ready(Ok(()))
    }

    fn shutdown(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Far {
    /// From now on what the near end writes is taken but not with the system, or it is again.
    pub(crate) fn hold_back(&self, held_back: bool) {
        self.0.change(|state| {
            state.held_back = held_back;
            state.writer.take()
        });
    }

    /// From now on so many bytes are taken.
    pub(crate) fn make_room(&self, room: Option<usize>) {
        self.0.change(|state| {
            state.room = room;
            state.writer.take()
        });
    }

    /// Nothing more is taken.
    pub(crate) fn is_full(&self) -> bool {
        self.0.lock().room == Some(0)
    }

    pub(crate) fn another(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Near {
    fn drop(&mut self) {
        self.0.change(|state| {
            state.ended = true;
            None
        });
    }
}

impl Read for Far {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let is_waiting = |state: &mut State| state.to_far.is_empty() && !state.ended;
        let waited = self.0.changed.wait_timeout_while(self.0.lock(), PATIENCE, is_waiting).unwrap();
        let (mut state, timeout) = waited;
        assert!(!timeout.timed_out(), "nothing came for too long");
        state.to_far.read(bytes)
    }
}

impl Write for Far {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.change(|state| {
            state.to_near.extend(bytes);
            state.reader.take()
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
