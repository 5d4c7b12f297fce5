//! Real processes that die without a word.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use bowline_runtime::{Bytes, CloseReason, Config, Profile, ReadError, ServerOptions};
use bowline_tests::{Numbered, Tokio, Transport, World, watchdog};

const ROUNDS: u64 = 30;

/// A writer is killed at some byte: what came is whole and in order, then the loss is told.
///
/// Mutant: the end of the stream inside a message hands out what came of it.
fn killed_writer(transport: Transport) {
    let world = World::new(Tokio::multi_thread, transport, Profile::Full);
    let server = world.serve();
    let endpoint = server.endpoint().unwrap().to_string();
    for seed in 0..ROUNDS {
        let accept = server.accept();
        let mut child = Doomed::spawn(&["writer", &endpoint, &seed.to_string()]);
        let served = accept.wait().unwrap().accept().unwrap();
        let mut expected = Numbered::new(seed);
        let doom = Numbered::new(seed + 1000).random() % 40;
        for _ in 0..doom {
            assert_whole(seed, served.read().wait(), &mut expected).unwrap();
        }
        child.kill();
        let reason = loop {
            if let Err(reason) = assert_whole(seed, served.read().wait(), &mut expected) {
                break reason;
            }
        };
        assert_lost(seed, reason);
    }
}

fn assert_whole(
    seed: u64,
    message: Result<Bytes, ReadError>,
    expected: &mut Numbered,
) -> Result<(), CloseReason> {
    match message {
        Ok(message) if message == expected.next().unwrap() => Ok(()),
        Ok(_) => panic!("seed {seed}: not the message that was sent"),
        Err(ReadError::Closed(reason)) => Err(reason),
        Err(error) => panic!("seed {seed}: {error}"),
    }
}

fn assert_lost(seed: u64, reason: CloseReason) {
    assert!(matches!(reason, CloseReason::PeerLost { .. }), "seed {seed}: {reason}");
}

#[test]
fn a_writer_is_killed_on_unix() {
    watchdog::run("a_writer_is_killed_on_unix", || killed_writer(Transport::Unix));
}

#[test]
fn a_writer_is_killed_on_tcp() {
    watchdog::run("a_writer_is_killed_on_tcp", || killed_writer(Transport::Tcp));
}

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
            assert_lost(seed, ended.wait().unwrap());
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
