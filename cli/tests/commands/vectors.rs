//! `decode` against the protocol's test vectors: what a receiver would refuse, and as what.

use bowline_tests::watchdog;
use bowline_tests::{Step, bytes_of, rows, script_of};
use serde_json::Value;

use crate::tool::{Ran, run};

const OPTIONS: [&str; 6] = ["--json", "decode", "-", "--from", "client", "--limit"];
const LIMIT: &str = "1048576";

fn decode(bytes: &[u8]) -> (Ran, Value) {
    let ran = run(&[&OPTIONS[..], &[LIMIT]].concat(), bytes);
    let end = ran.event("end");
    (ran, end)
}

/// All that a client sends.
fn sent(script: &str) -> Vec<u8> {
    let bytes = |step| match step {
        Step::Send(bytes) => bytes,
        Step::Await(_) => Vec::new(),
    };
    script_of(script).into_iter().flat_map(bytes).collect()
}

/// What one direction can't show: time, and what the other direction has said.
fn is_hidden(name: &str, code: &str, seconds: &str) -> bool {
    seconds != "0" || code == "0x0109" || name.starts_with("goodbye-ack") && code != "0x0105"
}

// Mutants: an order of checks other than PROTOCOL.md's; a length or a state that is not looked at.
#[test]
fn every_violation_is_found_and_named() {
    watchdog::run("errors.txt", || {
        let mut seen = 0;
        for row in rows("errors.txt") {
            let [name, script, code, seconds] = &row[..] else { panic!("{row:?}") };
            if is_hidden(name, code, seconds) {
                continue;
            }
            let (ran, end) = decode(&sent(script));
            let expected = u64::from_str_radix(code.trim_start_matches("0x"), 16).unwrap();
            assert_eq!((ran.code, end["wrong"]["code"].as_u64()), (3, Some(expected)), "{name}: {end}");
            seen += 1;
        }
        assert!(seen >= 95, "only {seen}");
    });
}

#[test]
fn every_conversation_is_followed_to_its_end() {
    watchdog::run("streams.txt", || {
        for row in rows("streams.txt") {
            let [name, script, messages, _answers, _end] = &row[..] else { panic!("{row:?}") };
            let (ran, end) = decode(&sent(script));
            let whole = if messages == "-" { 0 } else { messages.split(',').count() };
            assert_eq!(end["messages"], whole, "{name}: {end}");
            let is_cut = name.starts_with("end inside") || name == "end between chunks";
            assert_eq!(ran.code, if is_cut { 3 } else { 0 }, "{name}: {end}");
        }
    });
}

#[test]
fn every_kind_of_frame_is_named() {
    watchdog::run("frames.txt", || {
        for row in rows("frames.txt") {
            let [name, place, bytes, meaning] = &row[..] else { panic!("{row:?}") };
            let kind = meaning.split(' ').next().unwrap();
            let state = place.split(' ').next_back().unwrap();
            let before = match state {
                "announced" => "04000004 ffffff00",
                "goodbye" => "08000009 0000000000000000",
                _ => "",
            };
            let mut stream = bytes_of(before);
            let offset = stream.len();
            stream.extend(bytes_of(bytes));
            let options: &[&str] = if state == "opening" { &[] } else { &["--middle"] };
            let ran = run(&[&["--json", "decode", "-"], options].concat(), &stream);
            let found = ran.json().into_iter().find(|frame| frame["offset"] == offset);
            assert_eq!(found.unwrap_or_else(|| panic!("{name}: {ran:?}"))["kind"], kind, "{name}");
        }
    });
}
