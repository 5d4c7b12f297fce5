//! The pool: threads that run futures, and with them callbacks that may block.

use core::future::Future;
use core::num::NonZeroUsize;
use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::Waker;
use core::time::Duration;
use std::collections::VecDeque;
use std::panic::catch_unwind;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::Wake;
use std::thread;
use std::time::Instant;

use async_task::{Runnable, Task};

use crate::keeper;
use crate::timers::TimerKey;

/// How long a thread waits for work before it ends.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long work may wait while no thread takes any: then they are all blocked, and there is one more.
const RELIEF: Duration = Duration::from_millis(10);
/// The most threads, however many are blocked.
const MOST: usize = 512;

static POOL: Pool = Pool::new();

struct Pool {
    books: Mutex<Books>,
    work: Condvar,
    /// By [`set_pool_size`]; zero until then.
    size: AtomicUsize,
}

struct Books {
    queue: VecDeque<Runnable>,
    threads: usize,
    idle: usize,
    /// How much was ever taken from the queue.
    taken: u64,
    /// What `taken` was when the relief was ordered; `None` if it was not.
    relief: Option<u64>,
}

/// Sets how many threads run callbacks and what else nobody waits for, from now on; by default as many as the machine runs
/// at a time.
///
/// They are started as they are needed. Beyond this number there are more only while all of them are blocked.
pub fn set_pool_size(threads: NonZeroUsize) {
    POOL.size.store(threads.get(), Ordering::Relaxed);
}

/// Runs a future on the pool.
pub(crate) fn spawn<F>(future: F) -> Task<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let (runnable, task) = async_task::spawn(future, |runnable| POOL.push(runnable));
    runnable.schedule();
    task
}

/// The keeper has woken some of those that run on the pool.
pub(crate) fn call() {
    let books = POOL.lock();
    let queued = books.queue.len();
    POOL.call_threads(books, queued);
}

impl Pool {
    const fn new() -> Self {
        let books = Books { queue: VecDeque::new(), threads: 0, idle: 0, taken: 0, relief: None };
        Self { books: Mutex::new(books), work: Condvar::new(), size: AtomicUsize::new(0) }
    }

    fn size(&self) -> usize {
        static PARALLELISM: LazyLock<usize> =
            LazyLock::new(|| thread::available_parallelism().map_or(1, NonZeroUsize::get));
        match self.size.load(Ordering::Relaxed) {
            0 => *PARALLELISM,
            size => size,
        }
    }

    fn push(&'static self, runnable: Runnable) {
        let mut books = self.lock();
        books.queue.push_back(runnable);
        // The keeper calls once for all that it wakes.
        if !keeper::is_this_thread() {
            self.call_threads(books, 1);
        }
    }

    /// Calls threads for the last so many in the queue.
    fn call_threads(&'static self, books: MutexGuard<'_, Books>, count: usize) {
        let before = books.queue.len() - count;
        let calls = books.idle.saturating_sub(before).min(count);
        if calls == count {
            drop(books);
        } else if books.threads < self.size() {
            self.start_thread(books);
        } else {
            order_relief(books);
        }
        // Without the lock: a thread would only wake to wait for it.
        (0..calls).for_each(|_| self.work.notify_one());
    }

    fn start_thread(&'static self, mut books: MutexGuard<'_, Books>) {
        let thread = thread::Builder::new().name("bowline-pool".to_owned()).spawn(|| self.run());
        match thread {
            Ok(_) => books.threads += 1,
            // Others may take the work; otherwise it is tried again.
            Err(_) => order_relief(books),
        }
    }

    fn run(&self) {
        while let Some(runnable) = self.next() {
            // A panic is that future's own.
            let _reported_by_the_hook = catch_unwind(AssertUnwindSafe(|| runnable.run()));
        }
    }

    /// The next work; `None` if there has been none for a while.
    fn next(&self) -> Option<Runnable> {
        let mut books = self.lock();
        loop {
            if let Some(runnable) = books.queue.pop_front() {
                books.taken += 1;
                return Some(runnable);
            }
            books.idle += 1;
            let surplus = books.threads > self.size();
            let patience = if surplus { Duration::ZERO } else { PATIENCE };
            let waited = self.work.wait_timeout(books, patience).unwrap_or_else(PoisonError::into_inner);
            books = waited.0;
            books.idle -= 1;
            if waited.1.timed_out() && books.queue.is_empty() {
                books.threads -= 1;
                return None;
            }
        }
    }

    /// Starts one more thread if none has taken anything since this was ordered.
    fn relieve(&'static self) {
        let mut books = self.lock();
        let stuck = books.relief.take() == Some(books.taken);
        if books.queue.is_empty() {
            return;
        }
        if stuck && books.threads < MOST {
            self.start_thread(books);
            books = self.lock();
        }
        order_relief(books);
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has the keeper look whether the threads get on.
fn order_relief(mut books: MutexGuard<'_, Books>) {
    let key: TimerKey = (Instant::now() + RELIEF, u64::MAX);
    if books.relief.is_none()
        && let Ok(keeper) = keeper::get()
    {
        books.relief = Some(books.taken);
        drop(books);
        keeper.set_timer(key, Waker::from(Arc::new(Relief)));
    }
}

struct Relief;

impl Wake for Relief {
    fn wake(self: Arc<Self>) {
        POOL.relieve();
    }
}
