//! The keeper: one spawned task per connection that does what nobody waits for.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::Arc;

use bowline_core::{Instant, TransportErrorKind};

use crate::executor::Timer;
use crate::link::Link;
use crate::sync::yield_now;
use crate::waiters::Orders;
use crate::{clock, defer};

/// How often the keeper looks whether somebody who was woken to drive has done so. At the third look in a row it drives itself,
/// so that they have between 100 and 150 ms. A task may be held without being polled, as in a `select!` whose other arm awaits
/// something long; its connection answers pings all the same.
const WATCH: Duration = Duration::from_millis(50);

/// How often whoever fills the queue gets another turn, and how many messages are enough for one call.
const GATHERING_TURNS: usize = 100;
const GATHERED: usize = 512;

/// Sleeps until there is work and nobody waits: writes that nobody awaits, goodbyes, timers, pings.
///
/// It lives as long as the connection, whatever happens to the handles. If the executor drops it, the connection fails
/// with [`TransportErrorKind::RuntimeGone`].
pub(crate) struct Keeper {
    link: Arc<Link>,
    timer: Option<Box<dyn Timer>>,
    watch: Option<Watch>,
}

/// What is owed is looked at again at `until`.
struct Watch {
    until: Instant,
    /// At how many looks in a row something was owed.
    owed: u32,
}

/// After so many looks in a row at which a drive was owed, the keeper drives.
const PATIENCE: u32 = 3;

impl Keeper {
    pub(crate) const fn new(link: Arc<Link>) -> Self {
        Self { link, timer: None, watch: None }
    }

    /// Whether to drive now, by the orders and by the clock.
    fn is_due(&mut self, orders: Orders) -> bool {
        let now = clock::now();
        // Whoever is to drive had two whole intervals when it is still owed at the third look.
        let looks = self.watch.as_ref().is_none_or(|watch| watch.until <= now);
        let mut owed = 0;
        if looks && orders.owed {
            owed = 1 + self.watch.as_ref().map_or(0, |watch| watch.owed);
        }
        let late = owed >= PATIENCE;
        if looks {
            let owed = if late { 0 } else { owed };
            // Whoever was called but came too late looks once more: the next ones need not call then.
            self.watch = (orders.owed || orders.asked).then_some(Watch { until: now + WATCH, owed });
        }
        let expired = |at: Instant| at <= now;
        orders.urgent
            || late
            || self.link.with(|driven| driven.connection.poll_timeout()).is_some_and(expired)
    }

    /// While somebody is filling the queue it is left to them, and sent in fewer calls a moment later: on an executor with
    /// threads of its own the keeper would else wake up for every few messages. Where the keeper and whoever writes share a
    /// thread, the queue stands still and this ends at once.
    fn let_gather(&self) {
        let mut before = 0;
        for _ in 0..GATHERING_TURNS {
            let queued = self.link.with(|driven| driven.connection.queued_writes());
            if queued == before || queued >= GATHERED {
                break;
            }
            before = queued;
            yield_now();
        }
    }

    /// Arms the timer; `Ready` if it has fired already.
    fn poll_timer(&mut self, cx: &mut Context<'_>, deadline: Option<Instant>) -> Poll<()> {
        // A timer that is not needed costs memory, and a connection may be idle for long.
        let Some(at) = deadline.and_then(clock::to_system) else {
            self.timer = None;
            return Poll::Pending;
        };
        let link = &self.link;
        self.timer.get_or_insert_with(|| link.executor.timer()).poll_until(cx, at)
    }
}

impl Future for Keeper {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let orders = this.link.waiters.take_orders(cx.waker());
        if this.is_due(orders) {
            this.let_gather();
            this.link.drive();
        }
        let watch = this.watch.as_ref().map(|watch| watch.until);
        // Under the lock, so that no other drive's deadline falls in between.
        let (finished, armed) = this.link.with(|driven| {
            let armed = [driven.connection.poll_timeout(), watch].into_iter().flatten().min();
            this.link.waiters.set_watch(watch.is_some(), armed);
            (driven.is_finished(), armed)
        });
        if finished {
            return Poll::Ready(());
        }
        if this.poll_timer(cx, armed).is_ready() {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        defer::hold(|| self.link.fail(TransportErrorKind::RuntimeGone));
    }
}
