//! Wine ends what a thread has begun when that thread ends; Windows does not, for handles that are joined with a port. There,
//! operations are begun by the port's thread, which stays.
#![allow(unsafe_code)]

use core::cell::Cell;
use std::collections::VecDeque;
use std::sync::{LazyLock, Mutex, PoisonError, mpsc};

use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleA, GetProcAddress};
use windows_sys::core::s;

static IS_WINE: LazyLock<bool> = LazyLock::new(|| {
    // SAFETY: both names end with a zero, and nothing is called that is found.
    unsafe {
        let library = GetModuleHandleA(s!("ntdll.dll"));
        !library.is_null() && GetProcAddress(library, s!("wine_get_version")).is_some()
    }
});

thread_local! {
    static STAYS: Cell<bool> = const { Cell::new(false) };
}

/// Whether tests run under Wine, which does not do all that Windows does.
#[cfg(test)]
pub(in crate::windows) fn is_wine() -> bool {
    *IS_WINE
}

type Job = Box<dyn FnOnce() + Send>;

/// What is to be done on the port's thread.
#[derive(Default)]
pub(super) struct Jobs(Mutex<VecDeque<Job>>);

impl Jobs {
    /// This is the thread that stays.
    pub(super) fn adopt_thread() {
        STAYS.set(true);
    }

    /// Does some work here; under Wine on the thread that stays, while this one waits. `knock` wakes that thread.
    pub(super) fn run<R>(&self, knock: impl FnOnce(), work: impl FnOnce() -> R) -> R {
        if !*IS_WINE || STAYS.get() {
            return work();
        }
        let (done, result) = mpsc::channel();
        let job: Box<dyn FnOnce() + '_> = Box::new(move || drop(done.send(work())));
        // SAFETY: only the lifetime and `Send` are claimed. The work is done, or dropped, before `recv` returns, and this
        // thread does nothing else meanwhile, so that what it borrows lives and is used by one thread at a time.
        let job: Job = unsafe { core::mem::transmute(job) };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(job);
        knock();
        result
            .recv()
            .expect("the port's thread outlives its members, and what it does for them does not panic")
    }

    /// Does what there is to do.
    pub(super) fn work_off(&self) {
        while let Some(job) = self.next() {
            job();
        }
    }

    fn next(&self) -> Option<Job> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}
