//! A real process that dies without a word. The trials `kills` and `stops` have more of them.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use bowline_runtime::{CloseReason, Config, Profile, ServerOptions};
use bowline_tests::{Numbered, Tokio, Transport, World, watchdog};

/// A server is killed under its client, who hears of it; the socket file that it leaves behind is in nobody's way.
///
/// Mutant: a client whose reads are not driven does not notice; or a dead server's file keeps the next one out.
#[test]
fn a_server_is_killed() {
    watchdog::run("a_server_is_killed", || {
        let world = World::new(Tokio::multi_thread, Transport::Unix, Profile::Full);
        let endpoint = world.endpoint();
        for seed in 0..8 {
            let mut child = Doomed::spawn(&["server", &endpoint.to_string()]);
            child.expect_ready();
            let client = world.adapter.connect(&endpoint, Config::new()).wait().unwrap();
            let ended = client.ended();
            for message in Numbered::new(seed).take(10) {
                let write = client.write(message.clone());
                assert!(client.read().wait().unwrap() == message, "seed {seed}: another echo");
                write.wait().unwrap();
            }
            child.kill();
            let reason = ended.wait().unwrap();
            assert!(matches!(reason, CloseReason::PeerLost { .. }), "seed {seed}: {reason}");
        }
        world.adapter.bind(&endpoint, ServerOptions::new()).unwrap();
    });
}

/// A child that does not outlive its test.
struct Doomed(Child);

impl Doomed {
    fn spawn(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bowline-test-child"));
        Self(command.args(arguments).stdout(Stdio::piped()).spawn().unwrap())
    }

    fn expect_ready(&mut self) {
        let mut line = String::new();
        BufReader::new(self.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
    }

    /// SIGKILL.
    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Doomed {
    fn drop(&mut self) {
        let _dead_already = self.0.kill();
        let _known = self.0.wait();
    }
}
