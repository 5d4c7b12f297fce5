//! `serve`: echo, commands, the plain profile, every kind of endpoint.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;

use bowline_tests::watchdog;

use crate::tool::{Place, run, serve, start};

#[test]
fn a_server_echoes_until_it_is_stopped() {
    watchdog::run("echo", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let server = serve(&endpoint, &[]);
        let ran = run(&["cat", &endpoint, "-n", "2"], b"one\ntwo\n").expect(0);
        assert_eq!(ran.stdout, "one\ntwo\n");
        let served = server.stop().expect(0);
        assert!(served.stderr.contains("client 1 connected: unix (uid "), "{served:?}");
        assert!(served.stderr.contains("(2 messages in, 2 out)"), "{served:?}");
        assert!(served.stderr.contains("stopped: 1 clients served"), "{served:?}");
        assert!(!std::fs::exists(place.path("s")).unwrap(), "the socket is left behind");
    });
}

#[test]
fn tcp_is_served_on_a_port_that_the_system_chose_and_said_in_json() {
    watchdog::run("tcp", || {
        let mut server = start(&["--json", "serve", "tcp://127.0.0.1:0"]);
        let line = server.until("listening");
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        let endpoint = event["endpoint"].as_str().unwrap();
        assert_eq!(run(&["cat", endpoint, "-n", "1"], b"ahoy\n").expect(0).stdout, "ahoy\n");
        let ran = server.stop().expect(0);
        assert_eq!(ran.event("gone")["received"], 1);
        assert_eq!(ran.event("stopped")["accepted"], 1);
        assert_eq!(ran.stderr, "");
    });
}

#[test]
#[cfg(target_os = "linux")]
fn abstract_and_local_names_are_served() {
    watchdog::run("names", || {
        for scheme in ["abstract", "local"] {
            let endpoint = format!("{scheme}://bowline-cli-test-{}", std::process::id());
            let server = serve(&endpoint, &[]);
            assert_eq!(run(&["cat", &endpoint, "-n", "1"], b"ahoy\n").expect(0).stdout, "ahoy\n");
            server.stop().expect(0);
        }
    });
}

#[test]
fn a_peer_that_knows_only_length_prefixes_is_served_on_the_plain_profile() {
    watchdog::run("plain", || {
        let place = Place::new();
        let _server = serve(&place.endpoint("s"), &["--plain"]);
        let mut stream = UnixStream::connect(place.path("s")).unwrap();
        stream.write_all(b"\x05\0\0\0hello\0\0\0\0").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        // The server ends its side, too: this would never end otherwise.
        stream.read_to_end(&mut answer).unwrap();
        assert_eq!(answer, b"\x05\0\0\0hello\0\0\0\0");
    });
}

#[test]
fn a_command_answers_each_message() {
    watchdog::run("exec", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let server = serve(&endpoint, &["--exec", "tr a-z A-Z; printf ' %s' \"$BOWLINE_PEER\""]);
        let ran = run(&["cat", &endpoint, "-n", "2"], b"one\ntwo\n").expect(0);
        assert!(ran.stdout.starts_with("ONE unix (uid "), "{ran:?}");
        assert!(ran.stdout.contains("\nTWO unix (uid "), "{ran:?}");
        server.stop().expect(0);
    });
}

// Mutant: what a failed command has printed is sent all the same.
#[test]
fn a_command_that_fails_ends_the_connection_and_the_server_goes_on() {
    watchdog::run("failing exec", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let mut server = serve(&endpoint, &["--exec", "read line; echo $line; test $line != bad"]);
        let ran = run(&["cat", &endpoint, "-w", "1h"], b"bad\n").expect(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", "closed by the peer\n"));
        server.until("client 1: the command failed: exit status: 1");
        assert_eq!(run(&["cat", &endpoint, "-n", "1"], b"good\n").expect(0).stdout, "good\n\n");
        server.stop().expect(0);
    });
}

// Mutant: only the shell is killed, and what it has started goes on.
#[test]
fn a_command_that_takes_too_long_dies_with_all_it_has_started() {
    watchdog::run("slow exec", || {
        let place = Place::new();
        let (endpoint, pids) = (place.endpoint("s"), place.path("pids"));
        let command = format!("sleep 1000 & echo $! > {pids}; wait");
        let mut server = serve(&endpoint, &["--exec", &command, "--exec-timeout", "500ms"]);
        run(&["cat", &endpoint, "-w", "1h"], b"x\n").expect(0);
        server.until("takes longer than 500ms");
        let pid: i32 = std::fs::read_to_string(pids).unwrap().trim().parse().unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        let is_gone = || match std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())) {
            // Nobody may be there to wait for it in a container.
            Ok(stat) => stat.contains(") Z "),
            Err(_) => true,
        };
        watchdog::until("the command is gone", is_gone);
    });
}

#[test]
fn more_clients_than_allowed_are_told_so() {
    watchdog::run("full", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let server = serve(&endpoint, &["--max-clients", "1"]);
        let mut first = start(&["cat", &endpoint]);
        first.type_in(b"ahoy\n");
        first.until("ahoy");
        let ran = run(&["cat", &endpoint], b"").expect(1);
        assert!(ran.stderr.contains("refused: the server is full"), "{ran:?}");
        first.stop().expect(0);
        server.stop().expect(0);
    });
}

#[test]
fn a_stranger_is_no_reason_to_stop() {
    watchdog::run("stranger", || {
        let mut server = start(&["--json", "serve", "tcp://127.0.0.1:0"]);
        let event: serde_json::Value = serde_json::from_str(&server.until("listening")).unwrap();
        let endpoint = event["endpoint"].as_str().unwrap();
        let mut stream = TcpStream::connect(endpoint.strip_prefix("tcp://").unwrap()).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let _refused = stream.read_to_end(&mut Vec::new());
        assert_eq!(run(&["cat", endpoint, "-n", "1"], b"ahoy\n").expect(0).stdout, "ahoy\n");
        server.stop().expect(0);
    });
}

#[test]
fn what_can_not_be_listened_at_says_why() {
    watchdog::run("bind errors", || {
        let place = Place::new();
        let endpoint = place.endpoint("s");
        let _server = serve(&endpoint, &[]);
        let taken = run(&["serve", &endpoint], b"").expect(1);
        assert_eq!(taken.stderr, format!("error: {endpoint} is in use\n"));
        let remote = run(&["serve", "tcp://0.0.0.0:0"], b"").expect(2);
        assert!(remote.stderr.contains("(see --allow-remote)"), "{remote:?}");
        let nonsense = run(&["serve", "nonsense"], b"").expect(2);
        assert!(nonsense.stderr.contains("an endpoint begins with unix://"), "{nonsense:?}");
    });
}
