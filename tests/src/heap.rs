//! An allocator that counts what the process holds, and the most it ever held.

#![allow(unsafe_code, reason = "an allocator can't be written without")]

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicUsize, Ordering};
use std::alloc::System;

/// Bytes that were asked for and not given back.
static HELD: AtomicUsize = AtomicUsize::new(0);
/// The most that it was since the peak was last forgotten.
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counter;

#[global_allocator]
static COUNTER: Counter = Counter;

// SAFETY: every call is passed on to `System` as it is, so its guarantees are this allocator's. Counting touches only
// atomic numbers: it needs no memory and does not unwind.
unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise about `layout` is passed on.
        let block = unsafe { System.alloc(layout) };
        if !block.is_null() {
            grow(layout.size());
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: `block` came from `System` with this layout, since `alloc` and `realloc` only pass on.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as in `dealloc`; the caller's promise about `size` is passed on.
        let moved = unsafe { System.realloc(block, layout, size) };
        if !moved.is_null() {
            HELD.fetch_sub(layout.size(), Ordering::Relaxed);
            grow(size);
        }
        moved
    }
}

fn grow(bytes: usize) {
    let held = HELD.fetch_add(bytes, Ordering::Relaxed) + bytes;
    if held > PEAK.load(Ordering::Relaxed) {
        PEAK.fetch_max(held, Ordering::Relaxed);
    }
}

/// What the process holds now, in bytes.
pub(crate) fn held() -> usize {
    HELD.load(Ordering::Relaxed)
}

/// The most it held since [`forget_peak`].
pub(crate) fn peak() -> usize {
    PEAK.load(Ordering::Relaxed)
}

/// From now on the peak is looked for anew.
pub(crate) fn forget_peak() {
    PEAK.store(held(), Ordering::Relaxed);
}
