//! The lookout: one task per executor that sees whether those who are to drive do so.

use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::sync::atomic::Ordering;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::sync::{Arc, PoisonError, Weak};

use bowline_core::Instant;

use crate::executor::{Executor, Timer, poll_deadline};
use crate::link::Link;
use crate::sync::{AtomicBool, Mutex, MutexGuard};
use crate::{clock, defer};

/// How often the lookout looks whether somebody who was woken to drive has done so. At the third look in a row it calls the
/// connection's keeper, so that they have between 100 and 150 ms. A task may be held without being polled, as in a `select!`
/// whose other arm awaits something long; its connection answers pings all the same.
const INTERVAL: Duration = Duration::from_millis(50);

/// Looks after the connections of one executor that somebody else is to drive. Whoever implements [`Executor`] has one, and
/// does nothing with it.
///
/// A connection costs it nothing until it is used, and next to nothing while it is used all the time. One that has come to
/// rest gives back what its queues held.
#[derive(Default)]
pub struct Lookout {
    inner: Mutex<Inner>,
    begun: AtomicBool,
}

#[derive(Default)]
struct Inner {
    /// Those to look after; each is here once, as its orders say.
    links: Vec<Weak<Link>>,
    /// The task, while there is nobody to look after.
    idle: Option<Waker>,
}

impl Lookout {
    /// For an executor.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Spawns the task, unless that was done.
    pub(crate) fn begin(executor: &Arc<dyn Executor>) {
        if !executor.lookout().begun.swap(true, Ordering::Relaxed) {
            executor.spawn(Box::pin(Rounds { executor: Arc::downgrade(executor), timer: None, next: None }));
        }
    }

    /// Looks after a connection from now on.
    pub(crate) fn enter(&self, link: Weak<Link>) {
        let mut inner = self.lock();
        inner.links.push(link);
        let idle = inner.idle.take();
        drop(inner);
        idle.into_iter().for_each(defer::wake);
    }

    /// Looks at everybody once; those where nothing has happened since the last look are looked after no more.
    fn look(&self) {
        let mut links = mem::take(&mut self.lock().links);
        links.retain(|link| link.upgrade().is_some_and(|link| link.look_around()));
        let mut inner = self.lock();
        links.append(&mut inner.links);
        inner.links = links;
    }

    /// Whether there is nobody to look after; the task is called once there is.
    fn is_idle(&self, task: &Waker) -> bool {
        let mut inner = self.lock();
        let is_idle = inner.links.is_empty();
        inner.idle = is_idle.then(|| task.clone());
        is_idle
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The task ends with its executor's last connection, server and handle.
impl Drop for Lookout {
    fn drop(&mut self) {
        let idle = self.lock().idle.take();
        idle.into_iter().for_each(defer::wake);
    }
}

impl core::fmt::Debug for Lookout {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Lookout").finish_non_exhaustive()
    }
}

/// The lookout's task.
struct Rounds {
    executor: Weak<dyn Executor>,
    /// Kept from round to round, but not while there is nobody to look after.
    timer: Option<Box<dyn Timer>>,
    next: Option<Instant>,
}

impl Future for Rounds {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let Some(executor) = this.executor.upgrade() else { return Poll::Ready(()) };
        let now = clock::now();
        if this.next.take_if(|next| *next <= now).is_some() {
            executor.lookout().look();
        }
        let rests = executor.lookout().is_idle(cx.waker());
        this.next = if rests { None } else { this.next.or(Some(now + INTERVAL)) };
        if poll_deadline(&mut this.timer, &*executor, cx, this.next).is_ready() {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}
