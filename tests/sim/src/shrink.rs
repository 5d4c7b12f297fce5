//! The shortest script that still fails.

use core::panic::AssertUnwindSafe;
use std::panic;

use crate::end::Memory;
use crate::step::Script;
use crate::world::{Summary, play};

/// Plays a script.
///
/// # Errors
/// What went wrong, in words.
pub fn attempt<M: Memory>(script: &Script) -> Result<Summary, String> {
    panic::catch_unwind(AssertUnwindSafe(|| play::<M>(script))).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
    })
}

/// Leaves steps out as long as the script fails, halves first, single ones last.
#[must_use]
pub fn shrink<M: Memory>(script: &Script) -> Script {
    let mut best = script.clone();
    let mut size = best.steps.len().div_ceil(2);
    while size > 0 {
        let mut shorter = false;
        let mut at = 0;
        while at < best.steps.len() {
            let mut less = best.clone();
            less.steps.drain(at..(at + size).min(best.steps.len()));
            if attempt::<M>(&less).is_err() {
                (best, shorter) = (less, true);
            } else {
                at += size;
            }
        }
        size = if shorter && size == 1 { 1 } else { size / 2 };
    }
    best
}
