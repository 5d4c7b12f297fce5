//! Points in time at which somebody wants to be woken.

use core::sync::atomic::{AtomicU64, Ordering};
use core::task::{Context, Poll, Waker};
use std::collections::BTreeMap;
use std::time::Instant;

use bowline_runtime::Timer;

use crate::keeper::Keeper;

/// When, and a number that tells timers of the same time apart.
pub(crate) type TimerKey = (Instant, u64);

/// All timers that are set, in order.
#[derive(Default)]
pub(crate) struct Timers(BTreeMap<TimerKey, Waker>);

impl Timers {
    pub(crate) fn set(&mut self, key: TimerKey, waker: Waker) -> Option<Waker> {
        self.0.insert(key, waker)
    }

    pub(crate) fn clear(&mut self, key: TimerKey) -> Option<Waker> {
        self.0.remove(&key)
    }

    pub(crate) fn first(&self) -> Option<Instant> {
        self.0.first_key_value().map(|(key, _)| key.0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes out those whose time has come.
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<Waker> {
        let mut due = Vec::new();
        while let Some(first) = self.0.first_entry().filter(|first| first.key().0 <= now) {
            due.push(first.remove());
        }
        due
    }
}

/// A timer that the keeper looks after.
pub(crate) struct KeeperTimer {
    keeper: &'static Keeper,
    id: u64,
    armed: Option<Instant>,
}

impl KeeperTimer {
    pub(crate) fn new(keeper: &'static Keeper) -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self { keeper, id: LAST.fetch_add(1, Ordering::Relaxed), armed: None }
    }

    fn disarm(&mut self) {
        if let Some(deadline) = self.armed.take() {
            self.keeper.clear_timer((deadline, self.id));
        }
    }
}

impl Timer for KeeperTimer {
    fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let has_passed = deadline <= Instant::now();
        if has_passed || self.armed.is_some_and(|armed| armed != deadline) {
            self.disarm();
        }
        if has_passed {
            return Poll::Ready(());
        }
        self.armed = Some(deadline);
        self.keeper.set_timer((deadline, self.id), cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for KeeperTimer {
    fn drop(&mut self) {
        self.disarm();
    }
}
