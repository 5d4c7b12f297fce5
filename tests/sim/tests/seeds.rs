//! A few thousand seeds on both memories, and what makes a seed worth anything: that it means the same every time.
#![allow(clippy::unwrap_used, reason = "a test may")]

use std::fs;
use std::path::PathBuf;

use bowline_core::Heap;
use bowline_sim::{Memory, Script, Small, attempt, play};

const SEEDS: u64 = 1500;

fn no_seed_fails<M: Memory>() {
    for seed in 0..SEEDS {
        let outcome = attempt::<M>(&Script::generate(seed));
        assert!(
            outcome.is_ok(),
            "seed {seed}: {outcome:?}; cargo run -p bowline-tests --bin sim -- --seed {seed}"
        );
    }
}

#[test]
fn no_seed_fails_on_the_heap() {
    no_seed_fails::<Heap>();
}

#[test]
fn no_seed_fails_without_one() {
    no_seed_fails::<Small>();
}

// I18. Mutant: a wire's delay is drawn from the system's clock.
#[test]
fn a_seed_means_the_same_every_time() {
    for seed in 0..1000 {
        let script = Script::generate(seed);
        assert_eq!(play::<Heap>(&script), play::<Heap>(&script), "seed {seed}");
    }
}

#[test]
fn a_script_survives_being_written_down() {
    for seed in 0..100 {
        let script = Script::generate(seed);
        assert_eq!(Script::decode(&script.encode()), script);
        assert_eq!(script.to_string().parse(), Ok(script));
    }
}

/// Scripts of bytes that nobody chose, as a fuzzer makes them.
#[test]
fn any_bytes_are_a_script() {
    let mut state = 1_u64;
    for _ in 0..300 {
        let bytes: Vec<u8> = (0..400)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state.to_be_bytes()[0]
            })
            .collect();
        let outcome = attempt::<Heap>(&Script::decode(&bytes));
        assert!(outcome.is_ok(), "{}: {outcome:?}", Script::decode(&bytes));
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/connection")
}

/// The seeds of the fuzz target `connection`, and what it has found worth keeping.
#[test]
fn no_kept_script_fails() {
    let mut played = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let script = Script::decode(&fs::read(entry.unwrap().path()).unwrap());
        let outcome = (attempt::<Heap>(&script), attempt::<Small>(&script));
        assert!(outcome.0.is_ok() && outcome.1.is_ok(), "{script}: {outcome:?}");
        played += 1;
    }
    assert!(played >= 60, "{played} scripts");
}

#[test]
#[ignore = "writes the seeds into fuzz/corpus/connection"]
fn write_seeds() {
    for seed in 0..64 {
        fs::write(folder().join(format!("seed-{seed}")), Script::generate(seed).encode()).unwrap();
    }
}
