//! A script of operations on both ends, against the reference: nothing is lost, doubled, reordered or revised.
#![no_main]

#[allow(dead_code)]
#[path = "../../core/tests/core/kit/mod.rs"]
mod kit;

libfuzzer_sys::fuzz_target!(|script: &[u8]| {
    kit::script::play::<bowline_core::Heap>(script);
    kit::script::play::<kit::Small>(script);
});
