//! Threads that share out the seeds.

use core::ops::Range;
use core::sync::atomic::{AtomicU64, Ordering};
use std::panic;
use std::sync::Mutex;
use std::thread;

use bowline_core::Heap;

use super::failure;
use crate::{Digest, Marks, Script, Small, attempt};

/// More of them would say nothing new.
const MOST_FAILURES: usize = 5;

/// What a run over many seeds has shown.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) marks: Marks,
    /// The same for the same seeds, whichever thread played them.
    pub(super) hash: u64,
    pub(super) failures: Vec<String>,
    /// Fewer than were asked for if too many failed.
    pub(super) played: u64,
}

/// Plays all of them on both memories.
pub(super) fn play(seeds: Range<u64>, jobs: usize, first: bool) -> Outcome {
    let (next, outcome) = (AtomicU64::new(seeds.start), Mutex::new(Outcome::default()));
    let most = if first { 1 } else { MOST_FAILURES };
    // Failures are told with their seed; a panic's own words would come once for each attempt to shrink it.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| work(&next, seeds.end, most, &outcome));
        }
    });
    panic::set_hook(hook);
    outcome.into_inner().unwrap_or_default()
}

fn work(next: &AtomicU64, end: u64, most: usize, outcome: &Mutex<Outcome>) {
    let (mut marks, mut hash, mut played) = (Marks::default(), 0_u64, 0);
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end || outcome.lock().is_ok_and(|outcome| outcome.failures.len() >= most) {
            break;
        }
        played += 1;
        let script = Script::generate(seed);
        match (attempt::<Heap>(&script), attempt::<Small>(&script)) {
            (Ok(heap), Ok(inline)) => {
                marks.add(&heap.marks);
                marks.add(&inline.marks);
                hash = hash.wrapping_add(fold(seed, heap.hash, inline.hash));
            }
            _ if most == 1 => note(format!("seed {seed} failed"), outcome),
            _ => report(&script, outcome),
        }
    }
    if let Ok(mut outcome) = outcome.lock() {
        outcome.marks.add(&marks);
        outcome.played += played;
        outcome.hash = outcome.hash.wrapping_add(hash);
    }
}

fn report(script: &Script, outcome: &Mutex<Outcome>) {
    let failure = failure::of::<Heap>(script).or_else(|| failure::of::<Small>(script));
    failure.into_iter().for_each(|failure| note(failure, outcome));
}

fn note(failure: String, outcome: &Mutex<Outcome>) {
    if let Ok(mut outcome) = outcome.lock() {
        outcome.failures.push(failure);
    }
}

fn fold(seed: u64, heap: u64, inline: u64) -> u64 {
    let mut digest = Digest::default();
    [seed, heap, inline].into_iter().for_each(|number| digest.note(number));
    digest.value()
}
