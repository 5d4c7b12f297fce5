//! What the system says about this process, in `/proc/self`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::heap;

/// Prints one result.
pub(crate) fn print(name: &str, number: usize) {
    println!("{name} {number}");
}

/// How many threads there are.
pub(crate) fn threads() -> usize {
    field(Path::new("/proc/self/status"), "Threads:").expect("the system says so")
}

/// How much memory there is in use.
pub(crate) struct Memory {
    /// Bytes that were asked for and not given back.
    heap: usize,
    /// KiB that the process occupies.
    resident: usize,
}

impl Memory {
    pub(crate) fn now() -> Self {
        let resident = field(Path::new("/proc/self/status"), "VmRSS:").expect("the system says so");
        Self { heap: heap::held(), resident }
    }

    /// Prints how many bytes have come since then for each of `count` things.
    pub(crate) fn print_growth(&self, count: usize) {
        let now = Self::now();
        let each = |after: usize, before: usize| after.saturating_sub(before) / count.max(1);
        print("heap", each(now.heap, self.heap));
        print("resident", each(now.resident << 10, self.resident << 10));
    }
}

/// How often each thread went to sleep by itself.
pub(crate) struct Switches(BTreeMap<String, usize>);

impl Switches {
    /// Counts from now on.
    pub(crate) fn begin() -> Self {
        let threads = fs::read_dir("/proc/self/task").expect("the system lists threads").flatten();
        let of_thread = |thread: fs::DirEntry| {
            let count = field(&thread.path().join("status"), "voluntary_ctxt_switches:")?;
            Some((thread.file_name().to_string_lossy().into_owned(), count))
        };
        Self(threads.filter_map(of_thread).collect())
    }

    /// Prints how many there were since it began, in all threads that are there now.
    pub(crate) fn print(&self) {
        let since = |(thread, count): (&String, &usize)| count - self.0.get(thread).unwrap_or(&0);
        print("switches", Self::begin().0.iter().map(since).sum());
    }
}

/// The number behind a name; `None` if the thread is gone.
fn field(file: &Path, name: &str) -> Option<usize> {
    let text = fs::read_to_string(file).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    value.split_whitespace().next()?.parse().ok()
}
