//! Random scripts of everything that both ends can do, against a plain reference.

use crate::kit::script::play;
use crate::kit::{Memory, Random, on_both};

const SEEDS: u64 = 2000;

// Mutants: cancel_read drops the item with its ticket; an abort is overtaken by the next message; a cancelled write that
// has begun is recalled; a write confirmed before its last byte; goodbye before the last message.
fn scripts_agree_with_the_reference<M: Memory>() {
    for seed in 0..SEEDS {
        let mut random = Random::new(seed);
        let length = 40 + random.below(400);
        let script: Vec<u8> = (0..length).map(|_| random.byte()).collect();
        let outcome = std::panic::catch_unwind(|| play::<M>(&script));
        assert!(outcome.is_ok(), "seed {seed} failed, see above");
    }
}

on_both!(scripts_agree_with_the_reference);
