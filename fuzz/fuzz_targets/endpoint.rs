//! Any text as an endpoint: no panic, no cut, and display undoes parsing.
#![no_main]

#[path = "../../runtime/tests/endpoint.rs"]
mod endpoint;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| endpoint::check(bytes));
