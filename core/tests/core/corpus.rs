//! The seeds of the fuzz target `frames`, fed like there: the outcome is the same however they are cut.

use std::fs;
use std::path::PathBuf;

use crate::kit::Random;
use crate::kit::hostile::feed_all;
use crate::vectors;

/// A seed is at most this long.
const SHORT: usize = 4096;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/frames")
}

#[test]
fn every_seed_is_taken_without_panic_growth_or_spin() {
    let seeds: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(seeds.len() >= 100, "{} seeds", seeds.len());
    for seed in seeds {
        feed_all(&fs::read(seed).unwrap());
    }
}

// Mutants: a length is trusted before it is checked; a chunk may exceed what is missing.
#[test]
fn every_seed_may_be_damaged() {
    let mut random = Random::new(7);
    for bytes in vectors::sent().into_iter().filter(|(_, bytes)| bytes.len() <= SHORT).map(|(_, bytes)| bytes)
    {
        for _ in 0..40 {
            let mut damaged = bytes.clone();
            for _ in 0..=random.below(3) {
                match random.below(damaged.len()) {
                    at if random.byte() < 60 => damaged.truncate(at),
                    at if at < damaged.len() => damaged[at] ^= 1 << (random.byte() % 8),
                    _ => damaged.push(random.byte()),
                }
            }
            feed_all(&damaged);
        }
    }
}

#[test]
#[ignore = "writes the seeds into fuzz/corpus/frames"]
fn write_seeds() {
    for (name, bytes) in vectors::sent().into_iter().filter(|(_, bytes)| bytes.len() <= SHORT) {
        let plain =
            |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
        let name: String = name.chars().map(plain).collect();
        fs::write(folder().join(name), bytes).unwrap();
    }
}
