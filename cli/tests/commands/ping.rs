//! `ping`.

use bowline_tests::watchdog;
use rustix::process::Signal;

use crate::tool::{BUSY, Place, run, serve, start};

#[test]
fn each_round_trip_is_shown_and_all_are_summed_up() {
    watchdog::run("ping", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let _server = serve(&endpoint, &[]);
        let ran = run(&["ping", &endpoint, "-c", "3", "-i", "1ms", "-s", "1k"], b"").expect(0);
        let lines: Vec<_> = ran.stdout.lines().collect();
        assert_eq!(lines.len(), 5, "{ran:?}");
        assert!(lines[1].starts_with(&format!("1024 bytes from {endpoint}: message 2, ")), "{ran:?}");
        assert_eq!(lines[3], format!("{endpoint}: 3 sent, 3 answered, 0 lost"));
        assert!(lines[4].starts_with("min/avg/p50/p99/max = "), "{ran:?}");
    });
}

#[test]
fn the_figures_are_in_order_and_the_picture_is_drawn() {
    watchdog::run("figures", || {
        let place = Place::new();
        let (endpoint, picture) = (place.endpoint("s"), place.path("ping.svg"));
        let _server = serve(&endpoint, &[]);
        let options = ["-q", "-c", "200", "-i", "0s", "-s", "0", "--plot", &picture];
        let ran = run(&[&["--json", "ping", &endpoint], &options[..]].concat(), b"").expect(0);
        let summary = ran.event("summary");
        assert_eq!(
            (&summary["sent"], &summary["received"], &summary["lost"]),
            (&200.into(), &200.into(), &0.into())
        );
        let names = ["min_ns", "p50_ns", "p90_ns", "p99_ns", "p999_ns", "max_ns"];
        let values = names.map(|name| summary["latency"][name].as_u64().unwrap());
        assert!(values.is_sorted() && values[0] > 0, "{values:?}");
        let picture = std::fs::read_to_string(picture).unwrap();
        assert!(
            picture.starts_with("<svg") && picture.contains("200 round trips of 0 bytes"),
            "{picture:.200}"
        );
    });
}

// Mutant: whatever comes is taken for the answer.
#[test]
fn an_answer_that_is_no_echo_is_wrong_data() {
    watchdog::run("no echo", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let _server = serve(&endpoint, &["--exec", "tr Z z"]);
        let ran = run(&["ping", &endpoint, "-c", "2"], b"").expect(3);
        assert!(ran.stderr.contains("this server does not echo"), "{ran:?}");
    });
}

#[test]
fn what_was_not_answered_when_the_server_died_is_lost() {
    watchdog::run("server dies", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let mut server = serve(&endpoint, &["--exec", &format!("echo asked >&2; {BUSY}")]);
        let client = start(&["--json", "ping", &endpoint, "-W", "1h"]);
        server.until("asked");
        server.signal(Signal::KILL);
        let ran = client.end().expect(1);
        assert_eq!(ran.event("summary")["lost"], 1);
    });
}

#[test]
fn an_answer_that_does_not_come_is_not_waited_for_for_ever() {
    watchdog::run("no answer", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let _server = serve(&endpoint, &["--exec", BUSY]);
        let ran = run(&["ping", &endpoint, "-W", "200ms"], b"").expect(1);
        assert!(ran.stderr.contains("no answer to message 1 within 200ms"), "{ran:?}");
        assert!(ran.stdout.contains("1 sent, 0 answered, 1 lost"), "{ran:?}");
    });
}

#[test]
fn ctrl_c_ends_it_with_its_figures() {
    watchdog::run("ping interrupted", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let _server = serve(&endpoint, &[]);
        let mut client = start(&["ping", &endpoint, "-i", "1ms"]);
        client.until("message 3, ");
        let ran = client.stop().expect(0);
        assert!(ran.stdout.contains(" answered, 0 lost\nmin/avg/p50/p99/max = "), "{ran:?}");
    });
}
