//! Locks, atomics, thread locals, sleep and time: std's, but for the models in `loom/`, which put loom's in their place.

#[cfg(loom)]
pub(crate) use self::modelled::*;
#[cfg(not(loom))]
pub(crate) use self::real::*;

#[cfg(not(loom))]
mod real {
    pub(crate) use core::sync::atomic::{AtomicBool, AtomicUsize};
    use core::time::Duration;
    pub(crate) use std::sync::{Mutex, MutexGuard};
    pub(crate) use std::thread::yield_now;
    use std::thread::{self, Thread};
    pub(crate) use std::thread_local;
    use std::time::Instant;

    /// A thread that can be put to sleep and woken.
    pub(crate) struct Sleeper(Thread);

    impl Sleeper {
        /// The calling thread, which alone may sleep by it.
        pub(crate) fn current() -> Self {
            Self(thread::current())
        }

        /// Sleeps until woken, at most for `timeout`, or for no reason.
        pub(crate) fn sleep(&self, timeout: Option<Duration>) {
            timeout.map_or_else(thread::park, thread::park_timeout);
        }

        pub(crate) fn wake(&self) {
            self.0.unpark();
        }
    }

    pub(crate) fn since(origin: Instant) -> Duration {
        origin.elapsed()
    }
}

#[cfg(loom)]
mod modelled {
    use core::cell::Cell;
    use core::time::Duration;
    use std::time::Instant;

    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicUsize};
    pub(crate) use loom::sync::{Mutex, MutexGuard, Notify};
    pub(crate) use loom::thread::yield_now;

    std::thread_local! {
        /// All threads of a model run on one of the system's, so this is the model's own time.
        static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    }

    /// loom's `unpark` takes a thread for runnable that waits for a lock; its `Notify` is what `park` is meant to be.
    pub(crate) struct Sleeper(Notify);

    impl Sleeper {
        pub(crate) fn current() -> Self {
            Self(Notify::new())
        }

        /// Time stands still: models only use deadlines that have passed.
        pub(crate) fn sleep(&self, timeout: Option<Duration>) {
            assert_eq!(timeout, None, "a model would wait for ever");
            self.0.wait();
        }

        pub(crate) fn wake(&self) {
            self.0.notify();
        }
    }

    pub(crate) fn since(_origin: Instant) -> Duration {
        NOW.get()
    }

    /// What time it is in the model that runs on this thread.
    #[cfg(test)]
    pub(crate) fn set_time(now: Duration) {
        NOW.set(now);
    }

    /// loom's macro does not know `const` blocks.
    macro_rules! local {
        ($($(#[$about:meta])* static $name:ident: $type:ty = const $init:block;)*) => {
            $(loom::thread_local! { static $name: $type = $init; })*
        };
    }
    pub(crate) use local as thread_local;
}
