//! Waiting on a plain thread: its waker unparks it.

use core::sync::atomic::Ordering;
use core::task::{Poll, Waker};
use std::sync::Arc;
use std::task::Wake;
use std::time::Instant;

use crate::sync::{AtomicBool, Sleeper};

/// Polls until there is a result or the deadline has passed, and sleeps in between.
pub(crate) fn wait<R>(deadline: Option<Instant>, mut poll: impl FnMut(&Waker) -> Poll<R>) -> Option<R> {
    let parked = Parked::new();
    let waker = Waker::from(Arc::clone(&parked));
    loop {
        if let Poll::Ready(result) = poll(&waker) {
            return Some(result);
        }
        if !parked.sleep(deadline) {
            return None;
        }
    }
}

/// A thread that can be put to sleep and woken.
pub(crate) struct Parked {
    thread: Sleeper,
    /// Tells our wake-ups from somebody else's use of the thread's token.
    woken: AtomicBool,
}

impl Parked {
    /// The calling thread.
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { thread: Sleeper::current(), woken: AtomicBool::new(false) })
    }

    /// Sleeps until woken; `false` once the deadline has passed.
    pub(crate) fn sleep(&self, deadline: Option<Instant>) -> bool {
        while !self.woken.swap(false, Ordering::Acquire) {
            match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => return false,
                left => self.thread.sleep(left),
            }
        }
        true
    }
}

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // A store would do, but loom believes that it may come before a swap that did not see it.
        self.woken.swap(true, Ordering::Release);
        self.thread.wake();
    }
}
