//! The keeper: one spawned task per connection that does what nobody waits for.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;

use bowline_core::{Instant, TransportErrorKind};

use crate::executor::{Timer, poll_deadline};
use crate::link::Link;
use crate::sync::yield_now;
use crate::{clock, defer};

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
}

impl Keeper {
    pub(crate) const fn new(link: Arc<Link>) -> Self {
        Self { link, timer: None }
    }

    /// Whether a deadline of the connection has passed.
    fn is_due(&self) -> bool {
        let expired = |at: Instant| at <= clock::now();
        self.link.with(|driven| driven.connection.poll_timeout()).is_some_and(expired)
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
}

impl Future for Keeper {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        if this.link.waiters.take_orders(cx.waker()) || this.is_due() {
            this.let_gather();
            this.link.drive();
        }
        this.link.look();
        // Under the lock, so that no other drive's deadline falls in between.
        let (finished, armed) = this.link.with(|driven| {
            let armed = driven.connection.poll_timeout();
            this.link.waiters.set_armed(armed);
            (driven.is_finished(), armed)
        });
        if finished {
            return Poll::Ready(());
        }
        if poll_deadline(&mut this.timer, &*this.link.executor, cx, armed).is_ready() {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        defer::hold(|| self.link.fail(TransportErrorKind::RuntimeGone));
        self.link.look_back();
    }
}
