//! The plain profile: hostile bytes, and messages of the lengths that the bytes say.
#![no_main]

#[allow(dead_code)]
#[path = "../../core/tests/core/kit/mod.rs"]
mod kit;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kit::plain::check_all(bytes));
