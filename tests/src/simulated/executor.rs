//! An executor on one thread that runs what is ready in any order.

use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Waker};
use std::collections::HashMap;
use std::panic;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Wake;
use std::thread::{self, JoinHandle, ThreadId};
use std::time::Instant;

use bowline_runtime::{BoxFuture, Executor, Lookout, Timer};

use super::chance::Chance;
use super::timer::{Alarm, Alarms};

/// The executor with its thread, which ends when this is dropped.
pub(super) struct Thread {
    shared: Arc<Shared>,
    executor: Arc<dyn Executor>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread and everybody else share.
pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
pub(super) struct State {
    /// All that have not come to their end.
    jobs: HashMap<u64, Arc<Job>>,
    ready: Vec<Arc<Job>>,
    pub(super) alarms: Alarms,
    next_number: u64,
    thread: Option<ThreadId>,
    stopped: bool,
}

/// A future that runs, and its own waker.
struct Job {
    number: u64,
    /// `None` once it has come to its end.
    future: Mutex<Option<BoxFuture<()>>>,
    is_ready: AtomicBool,
    shared: Weak<Shared>,
}

impl Thread {
    pub(super) fn start(chance: Chance) -> Self {
        let shared = Arc::new(Shared { state: Mutex::default(), changed: Condvar::new() });
        let running = Arc::clone(&shared);
        let thread = thread::spawn(move || running.run(chance));
        shared.lock().thread = Some(thread.thread().id());
        let executor = Arc::new(Handle { shared: Arc::clone(&shared), lookout: Lookout::new() });
        Self { shared, executor, thread: Some(thread) }
    }

    pub(super) fn executor(&self) -> Arc<dyn Executor> {
        Arc::clone(&self.executor)
    }

    pub(super) fn spawn(&self, future: BoxFuture<()>) {
        self.shared.spawn(future);
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("what panics is caught");
        }
    }
}

struct Handle {
    shared: Arc<Shared>,
    lookout: Lookout,
}

impl Executor for Handle {
    fn spawn(&self, future: BoxFuture<()>) {
        self.shared.spawn(future);
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(Alarm::new(&self.shared))
    }

    fn lookout(&self) -> &Lookout {
        &self.lookout
    }

    fn may_block(&self) -> bool {
        self.shared.lock().thread != Some(thread::current().id())
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread may have to get up earlier.
    pub(super) fn notify(&self) {
        self.changed.notify_one();
    }

    /// Takes in a future; one that comes too late is dropped, when the lock is free.
    fn spawn(self: &Arc<Self>, future: BoxFuture<()>) {
        let mut state = self.lock();
        if state.stopped {
            return drop(state);
        }
        state.next_number += 1;
        let (number, shared) = (state.next_number, Arc::downgrade(self));
        let future = Mutex::new(Some(future));
        let job = Arc::new(Job { number, future, is_ready: AtomicBool::new(false), shared });
        state.jobs.insert(number, Arc::clone(&job));
        drop(state);
        job.wake();
    }

    fn run(&self, mut chance: Chance) {
        while let Some((expired, job)) = self.next(&mut chance) {
            expired.into_iter().for_each(Waker::wake);
            job.iter().for_each(Job::run);
        }
        self.end();
    }

    /// Waits for something to do; `None` once it has stopped.
    fn next(&self, chance: &mut Chance) -> Option<(Vec<Waker>, Option<Arc<Job>>)> {
        let mut state = self.lock();
        while !state.stopped {
            let expired = state.alarms.expired(Instant::now());
            let count = state.ready.len();
            if !expired.is_empty() || count > 0 {
                let job = (count > 0).then(|| state.ready.swap_remove(chance.below(count)));
                return Some((expired, job));
            }
            state = self.sleep(state);
        }
        None
    }

    fn sleep<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        match state.alarms.next() {
            None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(at) => {
                let time = at.saturating_duration_since(Instant::now());
                self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }

    /// Drops all that has not come to its end, outside of the lock: it may spawn and wake.
    fn end(&self) {
        let mut state = self.lock();
        let (jobs, ready) = (core::mem::take(&mut state.jobs), core::mem::take(&mut state.ready));
        let alarms = core::mem::take(&mut state.alarms);
        drop(state);
        jobs.values().for_each(|job| drop(job.take()));
        drop((jobs, ready, alarms));
    }
}

impl Job {
    /// Polls it.
    fn run(self: &Arc<Self>) {
        // Before it is polled: whoever wakes it meanwhile makes it ready again.
        self.is_ready.store(false, Ordering::SeqCst);
        let Some(mut future) = self.take() else { return };
        let waker = Waker::from(Arc::clone(self));
        let poll = AssertUnwindSafe(|| future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        if panic::catch_unwind(poll).unwrap_or(false) {
            *self.future.lock().unwrap_or_else(PoisonError::into_inner) = Some(future);
        } else if let Some(shared) = self.shared.upgrade() {
            let _over = shared.lock().jobs.remove(&self.number);
        }
    }

    fn take(&self) -> Option<BoxFuture<()>> {
        self.future.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Wake for Job {
    fn wake(self: Arc<Self>) {
        let Some(shared) = self.shared.upgrade() else { return };
        if !self.is_ready.swap(true, Ordering::SeqCst) {
            let mut state = shared.lock();
            if !state.stopped {
                state.ready.push(self);
                drop(state);
                shared.notify();
            }
        }
    }
}
