//! Time: who is to be woken when.

use core::task::{Context, Poll, Waker};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use bowline_runtime::Timer;

use super::executor::Shared;

/// Armed timers by their time; those of the same time by their number.
#[derive(Default)]
pub(super) struct Alarms {
    armed: BTreeMap<(Instant, u64), Waker>,
    next_number: u64,
}

impl Alarms {
    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.armed.first_key_value().map(|((at, _number), _waker)| *at)
    }

    /// Takes those that are due.
    pub(super) fn expired(&mut self, now: Instant) -> Vec<Waker> {
        let later = self.armed.split_off(&(now, u64::MAX));
        core::mem::replace(&mut self.armed, later).into_values().collect()
    }
}

/// One timer.
pub(super) struct Alarm {
    shared: Arc<Shared>,
    armed: Option<(Instant, u64)>,
}

impl Alarm {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), armed: None }
    }

    /// What comes out must be dropped when no lock is held.
    fn disarm(&mut self) -> Option<Waker> {
        let key = self.armed.take()?;
        self.shared.lock().alarms.armed.remove(&key)
    }
}

impl Timer for Alarm {
    fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        drop(self.disarm());
        if deadline <= Instant::now() {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        let mut state = self.shared.lock();
        state.alarms.next_number += 1;
        let key = (deadline, state.alarms.next_number);
        let _nobody = state.alarms.armed.insert(key, waker);
        drop(state);
        self.armed = Some(key);
        self.shared.notify();
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        drop(self.disarm());
    }
}
