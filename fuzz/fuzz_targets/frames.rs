//! Bytes from a hostile client: whatever they are and however they are cut, the outcome is the same and bounded.
#![no_main]

#[allow(dead_code)]
#[path = "../../core/tests/core/kit/mod.rs"]
mod kit;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kit::hostile::feed_all(bytes));
