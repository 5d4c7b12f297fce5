//! The seeds of the fuzz targets, fed like there.

use std::fs;
use std::path::PathBuf;

use crate::kit::Random;
use crate::kit::{hostile, plain, roundtrip};
use crate::vectors;

/// A seed is at most this long.
const SHORT: usize = 4096;

fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target)
}

fn replay(target: &str, feed: impl Fn(&[u8])) {
    let seeds: Vec<_> = fs::read_dir(folder(target)).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(seeds.len() >= 50, "{} seeds", seeds.len());
    for seed in seeds {
        let bytes = fs::read(&seed).unwrap();
        assert!(bytes.len() <= SHORT, "{} is long", seed.display());
        let outcome = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| feed(&bytes)));
        assert!(outcome.is_ok(), "{} failed, see above", seed.display());
    }
}

#[test]
fn replay_frames() {
    replay("frames", hostile::feed_all);
}

#[test]
fn replay_handshake() {
    replay("handshake", hostile::greet_all);
}

#[test]
fn replay_plain() {
    replay("plain", plain::check_all);
}

#[test]
fn replay_roundtrip() {
    replay("roundtrip", roundtrip::play_all);
}

// Mutants: a length is trusted before it is checked; a chunk may exceed what is missing; a chunk's length is not
// compared with the limit's; the abort budget is one too large.
#[test]
fn every_vector_may_be_damaged() {
    let mut random = Random::new(7);
    for (_, bytes) in short_vectors() {
        for _ in 0..40 {
            let mut damaged = bytes.clone();
            for _ in 0..=random.below(3) {
                match random.below(damaged.len()) {
                    at if random.byte() < 60 => damaged.truncate(at),
                    at if at < damaged.len() => damaged[at] ^= 1 << (random.byte() % 8),
                    _ => damaged.push(random.byte()),
                }
            }
            hostile::feed_all(&damaged);
        }
    }
}

#[test]
#[ignore = "writes the seeds into fuzz/corpus"]
fn write_seeds() {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    for target in ["frames", "handshake", "plain", "roundtrip"] {
        fs::create_dir_all(folder(target)).unwrap();
        for (name, bytes) in short_vectors() {
            let name: String = name.chars().map(plain).collect();
            fs::write(folder(target).join(name), bytes).unwrap();
        }
    }
}

fn short_vectors() -> impl Iterator<Item = (&'static str, Vec<u8>)> {
    vectors::sent().into_iter().filter(|(_, bytes)| bytes.len() <= SHORT)
}
