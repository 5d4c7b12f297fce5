//! Keeps processors from idling: waking one that sleeps costs more than what is measured.

use core::hint;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rustix::thread::{CpuSet, sched_setaffinity};
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, set_thread_priority_and_policy,
    thread_native_id,
};

/// One thread on each of two processors that runs whenever nobody else wants to, until this is dropped.
pub(crate) struct Spinners {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Spinners {
    pub(crate) fn start() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let spin = |core| {
            let stop = Arc::clone(&stop);
            thread::spawn(move || {
                if give_way(core) {
                    while !stop.load(Ordering::Relaxed) {
                        hint::spin_loop();
                    }
                }
            })
        };
        let threads = [0, 1].map(spin).into();
        Self { stop, threads }
    }
}

impl Drop for Spinners {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // One that panicked has stopped, too.
            let _stopped = thread.join();
        }
    }
}

/// This thread stays on one processor and gives way to everybody; whether the system has agreed.
fn give_way(core: usize) -> bool {
    let mut set = CpuSet::new();
    set.set(core);
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    let scheduled = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle);
    sched_setaffinity(None, &set).is_ok() && scheduled.is_ok()
}
