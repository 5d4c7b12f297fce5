//! Models of what this crate does on several threads: loom runs each in every order of events that a bounded number of
//! preemptions can bring about. A lost wake-up shows as a deadlock, for nobody's time passes by itself.
//!
//! `.ci/loom` runs them. Each names a mutant, a plausible mistake in the code, that it was seen to catch.
//!
//! Not modelled are reference counts, which are `std`'s, and the server: its books are a lock without a wait inside.

#![allow(clippy::unwrap_used, reason = "clippy does not know these for tests")]

mod baton;
mod handle;
mod keeper;
mod link;
mod promise;
mod rig;
mod tasks;
mod waiters;
mod wire;

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;

use loom::thread::{self, JoinHandle};

use crate::task::{Operation, Task};
use crate::{park, sync};

/// Enough for every mutant, and done in a minute or two. `LOOM_MAX_PREEMPTIONS` sets another bound.
const PREEMPTIONS: usize = 4;

/// Runs `model` in all orders and says how many there were.
fn explore(name: &str, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(Some(PREEMPTIONS));
    builder.max_branches = 10_000;
    let orders = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&orders);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        sync::set_time(Duration::ZERO);
        model();
    });
    println!("{name}: {} orders", orders.load(Ordering::Relaxed));
}

/// Awaits a task, as an executor with a thread for each would.
fn block_on<O: Operation>(mut task: Task<O>) -> O::Output {
    park::wait(None, |waker| task.operation_mut().poll(Some(waker))).expect("there is no deadline")
}

/// A thread of a model, with a stack that a drive fits into.
fn spawn<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    const WORDS: usize = 32 << 10;
    thread::Builder::new().stack_size(WORDS).spawn(work).expect("at most four threads")
}
