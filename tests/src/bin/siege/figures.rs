//! What the system says about this process, and the allocator.

use std::fs;

use crate::heap;

/// How many descriptors are open.
pub(crate) fn descriptors() -> usize {
    // One of them is there to look at the others.
    fs::read_dir("/proc/self/fd").expect("the system lists descriptors").count() - 1
}

/// How many threads there are.
pub(crate) fn threads() -> usize {
    fs::read_dir("/proc/self/task").expect("the system lists threads").count()
}

/// How many milliseconds of processor time this process has used.
pub(crate) fn own_processor_time() -> u64 {
    fs::read_to_string("/proc/self/stat").map_or(0, |stat| processor_time(&stat))
}

/// The same of a process whose `stat` this is. The system counts in hundredths of a second.
pub(crate) fn processor_time(stat: &str) -> u64 {
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = after_name.split(' ').skip(11).take(2).map(|field| field.parse().unwrap_or(0));
    ticks.sum::<u64>() * 10
}

/// The most that was ever seen of each.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Most {
    pub(crate) descriptors: usize,
    pub(crate) threads: usize,
    pub(crate) clients: usize,
    /// Clients of the squatted server without an answer.
    pub(crate) undecided: usize,
    /// The heap; the allocator knows its peak by itself.
    pub(crate) heap: usize,
}

impl Most {
    /// Looks once more.
    pub(crate) fn look(&mut self, clients: usize, undecided: usize) {
        self.descriptors = self.descriptors.max(descriptors());
        self.threads = self.threads.max(threads());
        self.clients = self.clients.max(clients);
        self.undecided = self.undecided.max(undecided);
        self.heap = self.heap.max(heap::peak());
    }
}
