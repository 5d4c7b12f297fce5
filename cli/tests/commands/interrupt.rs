//! Ctrl-C: the first closes in order and says what is unconfirmed, the second is the end.

use core::time::Duration;
use std::thread;

use bowline_tests::watchdog;
use rustix::process::Signal;

use crate::tool::{Place, Running, run, serve, start};

// Mutant: Ctrl-C kills.
#[test]
fn ctrl_c_and_sigterm_say_goodbye() {
    watchdog::run("goodbye", || {
        for signal in [Signal::INT, Signal::TERM] {
            let place = Place::new();
            let endpoint = place.endpoint("s");
            let mut server = serve(&endpoint, &[]);
            let mut client = start(&["--json", "cat", &endpoint]);
            client.type_in(b"ahoy\n");
            client.until("ahoy");
            client.signal(signal);
            let ran = client.end().expect(0);
            assert_eq!(ran.event("closed")["outcome"], "clean");
            // The server was told: it does not call the client lost.
            server.until("client 1 gone: closed by the peer");
            server.signal(signal);
            server.end().expect(0);
        }
    });
}

#[test]
fn a_server_that_stops_says_goodbye_to_everybody() {
    watchdog::run("server stops", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let mut server = serve(&endpoint, &[]);
        let clients = [(); 3].map(|()| start(&["cat", &endpoint]));
        (1..=3).for_each(|number| drop(server.until(&format!("client {number} connected"))));
        let stopped = server.stop().expect(0);
        assert!(stopped.stderr.contains("3 at the end, 0 of them with unconfirmed"), "{stopped:?}");
        for client in clients {
            assert_eq!(client.end_when_gone().expect(0).stderr, "closed by the peer\n");
        }
    });
}

// Mutant: what comes after Ctrl-C is not shown.
#[test]
fn what_was_sent_before_the_goodbye_is_still_shown() {
    watchdog::run("shown at the end", || {
        let place = Place::new();
        let (endpoint, view) = (place.endpoint("s"), place.endpoint("view"));
        // A run for each message takes a while: all are there long before they are answered. So few fit the system's buffer.
        let _server = serve(&endpoint, &["--inspect", &view, "--exec", "cat"]);
        let traffic = |way: &str| {
            let looked = run(&["--json", "inspect", &view], b"").expect(0);
            looked.json()[0]["connections"][0][way]["messages"].as_u64()
        };
        let lines: String = (0..200).map(|number| format!("{number}\n")).collect();
        let mut client = start(&["cat", &endpoint]);
        client.type_in(lines.as_bytes());
        watchdog::until("all are sent", || traffic("received") == Some(200));
        client.hold();
        watchdog::until("all are answered", || traffic("sent") == Some(200));
        client.signal(Signal::INT);
        client.signal(Signal::CONT);
        let ran = client.end_when_gone().expect(0);
        assert!(ran.stdout == lines, "{} of {} bytes", ran.stdout.len(), lines.len());
    });
}

// Mutants: a client to whom nothing is owed is let go of before the server has closed it; nobody waits for the command.
#[test]
fn what_is_being_answered_is_answered_before_the_server_stops() {
    watchdog::run("answered", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let mut server = serve(&endpoint, &["--exec", "echo asked >&2; sleep 0.5; cat"]);
        let mut idle = start(&["--json", "cat", &endpoint, "-i", "none"]);
        server.until("client 1 connected");
        let mut asking = start(&["cat", &endpoint]);
        asking.type_in(b"ahoy\n");
        server.until("asked");
        let stopped = server.stop().expect(0);
        assert!(stopped.stderr.contains("2 at the end, 0 of them with unconfirmed"), "{stopped:?}");
        assert_eq!(asking.end_when_gone().expect(0).stdout, "ahoy\n");
        idle.until("closed by the peer");
    });
}

/// Two that are connected: one that was stopped by the system, so that it takes nothing, and one that has something for it.
fn deaf_peer(place: &Place, patience: &str) -> (Running, Running) {
    let endpoint = place.endpoint("s");
    let mut deaf = start(&["cat", "--listen", &endpoint]);
    deaf.until("listening on");
    let mut client = start(&["cat", &endpoint, "--patience", patience]);
    client.type_in(b"heard\n");
    deaf.until("heard");
    deaf.hold();
    client.type_in(b"one\ntwo\n");
    (deaf, client)
}

// Mutant: a close that confirms nothing is called a success.
#[test]
fn what_is_unconfirmed_is_named() {
    watchdog::run("unconfirmed", || {
        let place = Place::new();
        let (_deaf, client) = deaf_peer(&place, "500ms");
        // What stands in its standard input by now it has sent, or sends before it closes, or never read.
        thread::sleep(Duration::from_millis(300));
        let ran = client.stop().expect(1);
        assert!(ran.stderr.contains("error: the peer did not confirm message"), "{ran:?}");
    });
}

// Mutant: the second Ctrl-C does nothing.
#[test]
fn a_second_ctrl_c_is_the_end() {
    watchdog::run("second Ctrl-C", || {
        let place = Place::new();
        let (_deaf, mut client) = deaf_peer(&place, "1h");
        client.signal(Signal::INT);
        thread::sleep(Duration::from_millis(300));
        assert!(!client.has_ended(), "the first does not wait for the peer");
        // One that comes right after another counts as the same; a busy machine may see them so for a while.
        for pause in [150, 600, 2_400, 9_600] {
            client.signal_if_there(Signal::INT);
            thread::sleep(Duration::from_millis(pause));
            if client.has_ended() {
                break;
            }
        }
        let ran = client.end().expect(130);
        assert!(ran.stderr.ends_with("error: interrupted\n"), "{ran:?}");
    });
}

#[test]
fn ctrl_c_before_anybody_is_there_is_an_interruption() {
    watchdog::run("nobody there", || {
        let place = Place::new();
        let mut listener = start(&["cat", "--listen", &place.endpoint("s")]);
        listener.until("listening on");
        listener.stop().expect(130);
        assert!(!std::fs::exists(place.path("s")).unwrap(), "the socket is left behind");
    });
}
