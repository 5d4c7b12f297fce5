//! A result that a spawned future owes to a task.

use core::task::{Context, Poll, Waker};
use std::sync::{Arc, PoisonError};

use crate::defer;
use crate::glance::try_lock;
use crate::sync::{Mutex, MutexGuard};

/// Both ends of one result.
pub(crate) struct Promise<T> {
    inner: Mutex<Inner<T>>,
}

struct Inner<T> {
    value: Option<T>,
    fulfilled: bool,
    abandoned: bool,
    /// Whoever waits for the result.
    waiter: Option<Waker>,
    /// Whoever works on it.
    worker: Option<Waker>,
}

impl<T> Promise<T> {
    pub(crate) fn new() -> Arc<Self> {
        let (value, waiter, worker) = (None, None, None);
        Arc::new(Self {
            inner: Mutex::new(Inner { value, fulfilled: false, abandoned: false, waiter, worker }),
        })
    }

    /// Gives the result; hands it back if nobody wants it any more.
    pub(crate) fn fulfil(&self, value: T) -> Option<T> {
        defer::hold(|| {
            let mut inner = self.lock();
            if inner.abandoned || inner.fulfilled {
                return Some(value);
            }
            (inner.value, inner.fulfilled) = (Some(value), true);
            inner.waiter.take().into_iter().for_each(defer::wake);
            None
        })
    }

    /// Nobody wants the result any more; returns it if it is there.
    pub(crate) fn abandon(&self) -> Option<T> {
        defer::hold(|| {
            let mut inner = self.lock();
            inner.abandoned = true;
            inner.worker.take().into_iter().for_each(defer::wake);
            inner.value.take()
        })
    }

    /// Ready once nobody wants the result any more.
    pub(crate) fn poll_abandoned(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut inner = self.lock();
        inner.worker = Some(cx.waker().clone());
        if inner.abandoned { Poll::Ready(()) } else { Poll::Pending }
    }

    /// The result, once; `Ready(None)` when it was taken before.
    pub(crate) fn poll(&self, waker: Option<&Waker>) -> Poll<Option<T>> {
        let before = {
            let (waker, mut inner) = (waker.cloned(), self.lock());
            if inner.fulfilled {
                return Poll::Ready(inner.value.take());
            }
            waker.and_then(|waker| inner.waiter.replace(waker))
        };
        drop(before);
        Poll::Pending
    }

    /// Whether the result is there or was taken.
    pub(crate) fn poll_done(&self, waker: Option<&Waker>) -> bool {
        let (before, fulfilled) = {
            let (waker, mut inner) = (waker.cloned(), self.lock());
            let fulfilled = inner.fulfilled;
            let before = if fulfilled { waker } else { waker.and_then(|waker| inner.waiter.replace(waker)) };
            (before, fulfilled)
        };
        drop(before);
        fulfilled
    }

    pub(crate) fn stop_waiting(&self) {
        let waker = self.lock().waiter.take();
        drop(waker);
    }

    /// Looks at the result, which is gone if it was taken; `None` while the promise is not fulfilled.
    pub(crate) fn look<R>(&self, look: impl FnOnce(Option<&T>) -> R) -> Option<R> {
        let inner = self.lock();
        inner.fulfilled.then(|| look(inner.value.as_ref()))
    }

    /// The same without waiting for the lock; `None` while somebody holds it.
    pub(crate) fn glance<R>(&self, look: impl FnOnce(Option<&T>) -> R) -> Option<Option<R>> {
        let inner = try_lock(&self.inner)?;
        Some(inner.fulfilled.then(|| look(inner.value.as_ref())))
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
