//! Bytes to whoever waits for a greeting, cut at every place around it: the outcome is what PROTOCOL.md says.
#![no_main]

#[allow(dead_code)]
#[path = "../../core/tests/core/kit/mod.rs"]
mod kit;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kit::hostile::greet_all(bytes));
