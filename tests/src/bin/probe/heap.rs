//! An allocator that counts what the process holds.

#![allow(unsafe_code, reason = "an allocator can't be written without")]

use core::alloc::{GlobalAlloc, Layout};
use core::sync::atomic::{AtomicUsize, Ordering};
use std::alloc::System;

/// Bytes that were asked for and not given back.
static HELD: AtomicUsize = AtomicUsize::new(0);

struct Counter;

#[global_allocator]
static COUNTER: Counter = Counter;

// SAFETY: every call is passed on to `System` as it is, so its guarantees are this allocator's. Counting touches only an
// atomic number: it needs no memory and does not unwind.
unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise about `layout` is passed on.
        let block = unsafe { System.alloc(layout) };
        if !block.is_null() {
            HELD.fetch_add(layout.size(), Ordering::Relaxed);
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
            HELD.fetch_add(size, Ordering::Relaxed);
            HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        }
        moved
    }
}

/// What the process holds now, in bytes.
pub(crate) fn held() -> usize {
    HELD.load(Ordering::Relaxed)
}
