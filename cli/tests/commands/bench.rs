//! `bench`.

use std::fs;

use bowline_tests::watchdog;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

use crate::tool::{Place, run, serve, start};

const SHORT: [&str; 4] = ["--duration", "1600ms", "--warmup", "10ms"];

// Mutant: the last interval is in no file.
#[test]
fn all_files_and_the_summary_count_the_same_messages() {
    watchdog::run("bench files", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let [csv, hdr, svg] = ["b.csv", "b.hlog", "b.svg"].map(|name| place.path(name));
        let _server = serve(&endpoint, &[]);
        let load = ["--clients", "2", "--depth", "4", "--size", "100"];
        let files = ["--csv", &csv, "--hdr", &hdr, "--plot", &svg];
        let ran = run(&[&["--json", "bench", &endpoint], &SHORT[..], &load, &files].concat(), b"").expect(0);
        let summary = ran.event("summary");
        let messages = summary["messages"].as_u64().unwrap();
        assert!(messages > 0 && summary["latency"]["p50_ns"].as_u64().unwrap() > 0, "{summary}");
        assert_eq!((&summary["clients"], &summary["size"]), (&2.into(), &100.into()));
        assert_eq!(in_csv(&csv), messages);
        assert_eq!(in_hdr(&hdr), messages);
        assert!(fs::read_to_string(svg).unwrap().starts_with("<svg"));
    });
}

fn in_csv(path: &str) -> u64 {
    let text = fs::read_to_string(path).expect("a file");
    let mut lines = text.lines();
    let head: Vec<_> = lines.next().expect("a head").split(',').collect();
    let column = head.iter().position(|name| *name == "messages").expect("a column");
    lines
        .map(|line| {
            let fields: Vec<_> = line.split(',').collect();
            assert_eq!(fields.len(), head.len(), "{line}");
            fields[column].parse::<u64>().expect("a number")
        })
        .sum()
}

fn in_hdr(path: &str) -> u64 {
    let log = fs::read(path).expect("a file");
    let mut sum = 0;
    for entry in IntervalLogIterator::new(&log) {
        if let LogEntry::Interval(interval) = entry.expect("an entry") {
            let bytes = base64(interval.encoded_histogram());
            let histogram: Histogram<u64> =
                Deserializer::new().deserialize(&mut &bytes[..]).expect("a histogram");
            sum += histogram.len();
        }
    }
    sum
}

fn base64(text: &str) -> Vec<u8> {
    let value = |c: u8| {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        alphabet.iter().position(|known| *known == c)
    };
    let mut bytes = Vec::new();
    for group in text.as_bytes().chunks(4) {
        let digits: Vec<usize> = group.iter().filter_map(|c| value(*c)).collect();
        let bits = digits.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - digits.len()));
        bytes.extend(&u32::try_from(bits).expect("24 bits").to_be_bytes()[1..digits.len()]);
    }
    bytes
}

// Mutant: clients send as fast as it goes, whatever the rate.
#[test]
fn a_rate_is_not_exceeded() {
    watchdog::run("bench rate", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let _server = serve(&endpoint, &[]);
        let load = ["--clients", "3", "--rate", "300"];
        let ran = run(&[&["--json", "bench", &endpoint], &SHORT[..], &load].concat(), b"").expect(0);
        let summary = ran.event("summary");
        let (messages, seconds) =
            (summary["messages"].as_f64().unwrap(), summary["seconds"].as_f64().unwrap());
        assert!(messages > 0.0, "{summary}");
        // What stood in line when it began, and what was due by the end.
        assert!(messages <= (seconds + 1.0) * 300.0, "{summary}");
    });
}

#[test]
fn a_server_that_does_not_echo_is_found_out() {
    watchdog::run("bench no echo", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let _server = serve(&endpoint, &["--exec", "echo no"]);
        let ran = run(&["bench", &endpoint, "--duration", "1h"], b"").expect(3);
        assert!(ran.stderr.contains("this server does not echo"), "{ran:?}");
    });
}

#[test]
fn a_server_that_dies_ends_it() {
    watchdog::run("bench server dies", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let mut server = serve(&endpoint, &[]);
        let client = start(&["bench", &endpoint, "--duration", "1h"]);
        server.until("client 1 connected");
        server.signal(rustix::process::Signal::KILL);
        let ran = client.end().expect(1);
        assert!(ran.stderr.contains("the peer was lost"), "{ran:?}");
    });
}

#[test]
fn ctrl_c_ends_it_with_its_figures() {
    watchdog::run("bench interrupted", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let mut server = serve(&endpoint, &[]);
        let client = start(&["bench", &endpoint, "--duration", "1h", "--warmup", "0s"]);
        server.until("client 1 connected");
        std::thread::sleep(core::time::Duration::from_millis(300));
        let ran = client.stop().expect(0);
        assert!(ran.stdout.contains("messages of 64 bytes by 1 clients"), "{ran:?}");
    });
}
