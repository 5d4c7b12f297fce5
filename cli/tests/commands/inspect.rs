//! `inspect`.

use bowline_tests::watchdog;
use serde_json::json;

use crate::tool::{BUSY, Place, run, serve, start};

#[test]
fn a_server_that_allows_it_says_who_is_connected() {
    watchdog::run("inspect", || {
        let place = Place::new();
        let (endpoint, view) = (place.endpoint("s"), place.endpoint("view"));
        let mut server = serve(&endpoint, &["--inspect", &view]);
        let mut client = start(&["cat", &endpoint]);
        client.type_in(b"ahoy\n");
        client.until("ahoy");
        let ran = run(&["--json", "inspect", &view], b"").expect(0);
        let [snapshot] = &ran.json()[..] else { panic!("{ran:?}") };
        assert_eq!((&snapshot["version"], &snapshot["clients"]), (&json!(1), &json!(1)));
        assert_eq!(snapshot["endpoint"], json!(endpoint));
        let connection = &snapshot["connections"][0];
        assert_eq!((&connection["client"], &connection["open"]), (&json!(1), &json!(true)));
        assert_eq!(
            (&connection["received"]["messages"], &connection["sent"]["bytes"]),
            (&json!(1), &json!(4))
        );
        let shown = run(&["inspect", &view], b"").expect(0).stdout;
        assert!(shown.contains("1 connected, 0 undecided, 1 accepted"), "{shown}");
        client.stop().expect(0);
        server.until("client 1 gone");
        let gone = run(&["--json", "inspect", &view], b"").expect(0);
        assert_eq!(gone.json()[0]["connections"], json!([]));
        server.stop().expect(0);
    });
}

#[test]
fn what_waits_in_a_queue_is_counted() {
    watchdog::run("inspect queue", || {
        let place = Place::new();
        let (endpoint, view) = (place.endpoint("s"), place.endpoint("view"));
        // The first message keeps the server busy, so that the others wait in its queue.
        let _server = serve(&endpoint, &["--inspect", &view, "--exec", BUSY, "--exec-timeout", "1h"]);
        let mut client = start(&["cat", &endpoint]);
        client.type_in(b"1\n");
        let queued = || {
            let ran = run(&["--json", "inspect", &view], b"").expect(0);
            ran.json()[0]["connections"][0]["received"].clone()
        };
        watchdog::until("the first is being answered", || {
            queued()["messages"] == 1 && queued()["queued"] == 0
        });
        client.type_in(b"2\n3\n");
        watchdog::until("the others wait", || queued()["queued"] == 2);
    });
}

#[test]
fn any_program_can_ask() {
    watchdog::run("inspect by cat", || {
        let place = Place::new();
        let (endpoint, view) = (place.endpoint("s"), place.endpoint("view"));
        let _server = serve(&endpoint, &["--inspect", &view]);
        let ran = run(&["cat", &view, "-n", "2"], b"status\nwhat?\n").expect(0);
        assert_eq!(ran.json()[0]["clients"], 0);
        assert!(ran.json()[1]["error"].as_str().unwrap().contains("status"), "{ran:?}");
    });
}

#[test]
fn it_goes_on_until_ctrl_c() {
    watchdog::run("inspect watch", || {
        let place = Place::new();
        let (endpoint, view) = (place.endpoint("s"), place.endpoint("view"));
        let _server = serve(&endpoint, &["--inspect", &view]);
        let mut watcher = start(&["--json", "inspect", &view, "--watch", "10ms"]);
        watcher.until("connections");
        watcher.until("connections");
        watcher.stop().expect(0);
    });
}

#[test]
fn a_server_that_is_no_view_is_found_out() {
    watchdog::run("inspect echo", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let _server = serve(&endpoint, &[]);
        let ran = run(&["inspect", &endpoint], b"").expect(3);
        assert!(ran.stderr.contains("this is no endpoint for inspection"), "{ran:?}");
    });
}
