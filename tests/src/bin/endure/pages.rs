//! What the allocator keeps although nobody uses it.

#![allow(unsafe_code, reason = "glibc has to be asked")]

use crate::heap;

/// Gives the pages that nobody uses back to the system, so that what stays resident is what the program needs, and not the
/// most that chance ever needed at once; says what is in use.
pub(crate) fn settled() -> usize {
    #[cfg(target_env = "gnu")]
    // SAFETY: it takes no pointer, and glibc allows it on any thread at any time.
    unsafe {
        malloc_trim(0);
    }
    heap::held()
}

#[cfg(target_env = "gnu")]
unsafe extern "C" {
    fn malloc_trim(pad: usize) -> i32;
}
