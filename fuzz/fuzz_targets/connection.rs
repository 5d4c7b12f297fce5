//! A script of the simulation: nothing is lost, doubled, reordered or revised, whatever the bytes say.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let script = bowline_sim::Script::decode(bytes);
    let _heap = bowline_sim::play::<bowline_core::Heap>(&script);
    let _inline = bowline_sim::play::<bowline_sim::Small>(&script);
});
