//! Messages through the core and a second reader and writer, both ways, while a script cancels, reads and pings.
#![no_main]

#[allow(dead_code)]
#[path = "../../core/tests/core/kit/mod.rs"]
mod kit;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kit::roundtrip::play_all(bytes));
