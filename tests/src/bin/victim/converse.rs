//! Conversations with an echo, of which nothing gets lost.

use core::time::Duration;
use std::sync::mpsc::{self, Sender};

use bowline_runtime::{Closed, Config, Endpoint, Socket};
use bowline_tests::Numbered;
use clap::Args;

use crate::host::Host;
use crate::process::print;

#[derive(Args)]
pub(crate) struct Converse {
    endpoint: Endpoint,
    /// How many at once.
    connections: u64,
    /// How many messages each.
    messages: usize,
}

/// Far longer than a close takes, also where every other system call fails.
const PATIENCE: Duration = Duration::from_secs(300);

impl Converse {
    pub(crate) fn run(self, host: &Host) {
        let (done, ends) = mpsc::channel();
        for seed in 0..self.connections {
            host.spawn(talk(host.clone(), self.endpoint.clone(), seed, self.messages, done.clone()));
        }
        let mut messages = 0;
        for _ in 0..self.connections {
            messages += ends.recv_timeout(PATIENCE).expect("a conversation ends");
        }
        print("messages", messages);
    }
}

async fn talk(host: Host, endpoint: Endpoint, seed: u64, count: usize, done: Sender<usize>) {
    let socket = host.end(host.connect(&endpoint, Config::new().heartbeat(None))).await;
    let socket = socket.expect("the server lets everybody in");
    host.spawn(write(host.clone(), socket.clone(), seed, count));
    for expected in Numbered::new(seed).take(count) {
        let message = host.end(socket.read()).await.expect("everything comes back");
        assert!(message == expected, "seed {seed}: not the message that was sent");
    }
    let closed = host.end(socket.close(PATIENCE)).await;
    assert_eq!(closed, Ok(Closed::Clean), "seed {seed}");
    assert_eq!(socket.try_read().ok().flatten(), None, "seed {seed}: one too many");
    done.send(count).expect("somebody waits");
}

async fn write(host: Host, socket: Socket, seed: u64, count: usize) {
    for message in Numbered::new(seed).take(count) {
        host.end(socket.write(message)).await.expect("the server reads");
    }
}
