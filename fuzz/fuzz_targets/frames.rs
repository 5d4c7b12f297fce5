//! Bytes from a hostile client: however they are cut, the outcome is what PROTOCOL.md says, and bounded.
#![no_main]

#[allow(dead_code)]
#[path = "../../core/tests/core/kit/mod.rs"]
mod kit;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kit::hostile::feed_all(bytes));
