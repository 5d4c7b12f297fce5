//! `cat`: every way in and out, both sides, and what it says when things go wrong.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use bowline_tests::watchdog;
use serde_json::json;

use crate::tool::{Place, run, serve, start};

#[test]
fn every_way_in_and_out() {
    watchdog::run("formats", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let _server = serve(&endpoint, &[]);
        let cat = |options: &[&str], input: &[u8]| {
            run(&[&["cat", &endpoint, "-w", "300ms"], options].concat(), input).expect(0).stdout
        };
        assert_eq!(cat(&["-n", "3"], b"a\n\nlast without newline"), "a\n\nlast without newline\n");
        assert_eq!(cat(&["-n", "2", "-i", "hex", "-o", "hex"], b"00 Ff\n\n"), "00ff\n\n");
        assert_eq!(cat(&["-n", "1", "-i", "whole", "-o", "raw"], b"a\nb\n"), "a\nb\n");
        assert_eq!(cat(&["-n", "1", "-i", "whole", "-o", "hex"], b""), "\n");
        let prefixed = b"\x03\0\0\0a\nb\0\0\0\0";
        assert_eq!(cat(&["-n", "2", "-i", "prefixed", "-o", "prefixed"], prefixed).as_bytes(), prefixed);
        assert_eq!(cat(&["-o", "none"], b"a\n"), "");
        // Without -n it ends when nothing comes any more.
        assert_eq!(cat(&[], b"a\nb\n"), "a\nb\n");
    });
}

#[test]
fn many_lines_come_back_in_order() {
    watchdog::run("many lines", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let _server = serve(&endpoint, &[]);
        let lines: String = (0..20_000).map(|number| format!("line {number}\n")).collect();
        let ran = run(&["cat", &endpoint, "-n", "20000"], lines.as_bytes()).expect(0);
        assert!(ran.stdout == lines, "lines are missing or out of order");
    });
}

#[test]
fn json_says_what_came_and_how_it_ended() {
    watchdog::run("json", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let _server = serve(&endpoint, &[]);
        let ran = run(&["--json", "cat", &endpoint, "-n", "2", "-i", "hex"], b"6869\nff00\n").expect(0);
        let [text, bytes, closed] = &ran.json()[..] else { panic!("{ran:?}") };
        assert_eq!(*text, json!({"event": "message", "length": 2, "text": "hi"}));
        assert_eq!(*bytes, json!({"event": "message", "length": 2, "hex": "ff00"}));
        assert_eq!((&closed["outcome"], &closed["sent"]), (&json!("clean"), &json!(2)));
    });
}

#[test]
fn one_side_listens_and_both_talk() {
    watchdog::run("listen", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let mut listener = start(&["cat", "--listen", &endpoint]);
        listener.until("listening on");
        let mut other = start(&["cat", &endpoint]);
        listener.until("connected: unix");
        other.type_in(b"ahoy\n");
        listener.until("ahoy");
        listener.type_in(b"ahoy to you\n");
        other.until("ahoy to you");
        other.stop().expect(0);
        listener.end().expect(0);
    });
}

#[test]
fn nothing_is_lost_that_the_peer_has_sent_before_it_ends() {
    watchdog::run("end of the peer", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let mut listener = start(&["cat", "--listen", &endpoint, "-w", "0s"]);
        listener.until("listening on");
        let lines: String = (0..5_000).map(|number| format!("{number}\n")).collect();
        listener.say(lines.as_bytes());
        let ran = run(&["cat", &endpoint, "-i", "none"], b"").expect(0);
        assert!(ran.stdout == lines, "{} of {} bytes", ran.stdout.len(), lines.len());
        listener.end().expect(0);
    });
}

#[test]
fn plain_length_prefixes_are_understood() {
    watchdog::run("plain cat", || {
        let place = Place::new();
        let mut listener = start(&["cat", "--listen", &place.endpoint("s"), "--plain", "-n", "1"]);
        listener.until("listening on");
        let mut stream = UnixStream::connect(place.path("s")).unwrap();
        listener.type_in(b"ahoy\n");
        let mut answer = [0; 8];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"\x04\0\0\0ahoy");
        stream.write_all(b"\x03\0\0\0bye").unwrap();
        drop(stream);
        assert_eq!(listener.end().expect(0).stdout, "bye\n");
    });
}

#[test]
fn what_is_wrong_with_the_input_is_said() {
    watchdog::run("wrong input", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let _server = serve(&endpoint, &["--message-limit", "10"]);
        let cat = |options: &[&str], input: &[u8]| {
            run(&[&["cat", &endpoint, "-w", "0s"], options].concat(), input).expect(3).stderr
        };
        assert!(cat(&[], b"12345678901\n").contains("longer than the 10 bytes that the peer takes"));
        assert!(cat(&["-i", "whole"], b"12345678901").contains("longer than the 10 bytes"));
        assert!(cat(&["-i", "prefixed"], &[11, 0, 0, 0]).contains("longer than the 10 bytes"));
        assert!(cat(&["-i", "prefixed"], &[3, 0, 0, 0, 1]).contains("ends inside a message"));
        assert!(cat(&["-i", "prefixed"], &[3, 0]).contains("ends inside a length"));
        assert!(cat(&["-i", "hex"], b"0\n").contains("not pairs of hex digits"));
        assert_eq!(run(&["cat", &endpoint, "-n", "1"], b"1234567890\n").expect(0).stdout, "1234567890\n");
    });
}

#[test]
fn who_is_not_there_is_said_and_can_be_waited_for() {
    watchdog::run("nobody", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let nobody = run(&["cat", &endpoint], b"").expect(1);
        assert!(nobody.stderr.starts_with(&format!("error: {endpoint}: can't reach")), "{nobody:?}");
        let as_json = run(&["--json", "cat", &endpoint], b"").expect(1);
        let error: serde_json::Value = serde_json::from_str(&as_json.stderr).unwrap();
        assert_eq!(error["exit"], 1);
        let mut patient = start(&["cat", &endpoint, "--retry", "1h", "-n", "1"]);
        patient.say(b"ahoy\n");
        let _server = serve(&endpoint, &[]);
        assert_eq!(patient.end().expect(0).stdout, "ahoy\n");
    });
}

#[test]
fn a_lost_peer_is_a_failure() {
    watchdog::run("lost peer", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let mut server = serve(&endpoint, &[]);
        let client = start(&["cat", &endpoint]);
        server.until("client 1 connected");
        server.signal(rustix::process::Signal::KILL);
        let ran = client.end_when_gone().expect(1);
        assert!(ran.stderr.contains("error: the peer was lost"), "{ran:?}");
    });
}

#[test]
fn colours_are_off_unless_somebody_wants_them() {
    watchdog::run("colours", || {
        let place = Place::new();
        let endpoint = place.endpoint("nobody");
        let has_escape = |options: &[&str]| {
            run(&[options, &["cat", &endpoint]].concat(), b"").expect(1).stderr.contains('\x1b')
        };
        assert!(!has_escape(&[]));
        assert!(has_escape(&["--color", "always"]));
        assert!(!has_escape(&["--color", "never"]));
    });
}
