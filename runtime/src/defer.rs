//! Nothing of the user's runs under a lock of ours: wakers, payloads, transports and callbacks wait until it is free.

use core::cell::{Cell, RefCell};
use core::mem;
use core::panic::AssertUnwindSafe;
use core::task::Waker;
use std::panic::catch_unwind;
use std::vec::Drain;

use bytes::Bytes;

use crate::Transport;
use crate::sync::thread_local;

/// What waits for the lock to be free.
enum Later {
    Wake(Waker),
    DropWaker(#[expect(dead_code, reason = "kept to be dropped later")] Waker),
    DropPayload(#[expect(dead_code, reason = "kept to be dropped later")] Bytes),
    DropTransport(#[expect(dead_code, reason = "kept to be dropped later")] Box<dyn Transport>),
    Call(Box<dyn FnOnce() + Send>),
}

thread_local! {
    /// How many levels of [`hold`] this thread is in.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    /// Whether something waits: most locks are given back without.
    static SOME: Cell<bool> = const { Cell::new(false) };
    static WAITING: RefCell<Vec<Later>> = const { RefCell::new(Vec::new()) };
}

/// Runs `work`, which may take our locks and must give them back, then everything that was deferred meanwhile.
pub(crate) fn hold<R>(work: impl FnOnce() -> R) -> R {
    let level = Level::enter();
    let result = work();
    drop(level);
    result
}

pub(crate) fn wake(waker: Waker) {
    later(Later::Wake(waker));
}

pub(crate) fn drop_waker(waker: Waker) {
    later(Later::DropWaker(waker));
}

pub(crate) fn drop_payload(payload: Bytes) {
    later(Later::DropPayload(payload));
}

pub(crate) fn drop_transport(transport: Box<dyn Transport>) {
    later(Later::DropTransport(transport));
}

pub(crate) fn call(callback: impl FnOnce() + Send + 'static) {
    later(Later::Call(Box::new(callback)));
}

/// Calls the program's code: at once where no lock is held, which costs no memory, and later elsewhere.
#[cfg(any(feature = "tracing", feature = "metrics"))]
pub(crate) fn outside(work: impl FnOnce() + Send + 'static) {
    if DEPTH.with(Cell::get) > 0 { call(work) } else { work() }
}

/// Does it at once where no lock is held, or where the thread is ending and has no place to defer to.
fn later(work: Later) {
    let mut work = Some(work);
    if DEPTH.with(Cell::get) > 0 {
        let _no_storage = WAITING.try_with(|waiting| waiting.borrow_mut().extend(work.take()));
        SOME.with(|some| some.set(true));
    }
    if let Some(work) = work {
        work.run();
    }
}

impl Later {
    fn run(self) {
        match self {
            // A panic in it would end whoever drives, such as an executor's reactor, and with that everybody's connections.
            Self::Wake(waker) => drop(catch_unwind(AssertUnwindSafe(|| waker.wake()))),
            Self::Call(callback) => callback(),
            Self::DropWaker(_) | Self::DropPayload(_) | Self::DropTransport(_) => {}
        }
    }
}

/// One level of [`hold`]; leaving the outermost runs what was deferred, even when `work` panics.
struct Level;

impl Level {
    fn enter() -> Self {
        DEPTH.with(|depth| depth.set(depth.get() + 1));
        Self
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        let depth = DEPTH.with(|depth| {
            depth.set(depth.get() - 1);
            depth.get()
        });
        if depth == 0 && SOME.with(|some| some.replace(false)) {
            let _no_storage = WAITING.try_with(run_all);
        }
    }
}

/// Keeps the list's memory, so that a steady stream of wake-ups allocates nothing.
fn run_all(list: &RefCell<Vec<Later>>) {
    let mut waiting = mem::take(&mut *list.borrow_mut());
    let mut rest = Rest(waiting.drain(..));
    rest.0.by_ref().for_each(Later::run);
    drop(rest);
    let mut list = list.borrow_mut();
    if list.is_empty() && waiting.capacity() <= 1024 {
        *list = waiting;
    }
}

/// Runs what is left when something panics: nobody else's wake-up may be lost by that.
struct Rest<'a>(Drain<'a, Later>);

impl Drop for Rest<'_> {
    fn drop(&mut self) {
        self.0.by_ref().for_each(Later::run);
    }
}
