//! A few thousand seeds on both memories, and what makes a seed worth anything: that it means the same every time.

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
