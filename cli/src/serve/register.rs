//! Who is connected, and what a look at the server shows.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Instant;

use bowline_tokio::{Refusal, Server, Socket, Traffic};
use serde::{Deserialize, Serialize};

use crate::tls::who;

/// The clients of a server that were let in and are not gone.
pub(super) struct Register {
    server: Server,
    profile: &'static str,
    begin: Instant,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    last: u64,
    clients: BTreeMap<u64, (Socket, Instant)>,
}

/// A server at one moment: what `inspect` gets, as JSON. New fields may come; none changes its meaning.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) struct Snapshot {
    /// 1.
    pub(crate) version: u32,
    pub(crate) endpoint: Option<String>,
    pub(crate) profile: String,
    pub(crate) uptime_ms: u64,
    pub(crate) clients: usize,
    pub(crate) undecided: usize,
    pub(crate) accepted: u64,
    /// How many were refused, by reason.
    pub(crate) refused: BTreeMap<String, u64>,
    pub(crate) connections: Vec<Connection>,
}

/// One client in it.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) struct Connection {
    /// The first client is 1.
    pub(crate) client: u64,
    pub(crate) peer: String,
    pub(crate) age_ms: u64,
    pub(crate) open: bool,
    pub(crate) received: Flow,
    pub(crate) sent: Flow,
}

/// One direction of it.
#[derive(Serialize, Deserialize, Debug)]
pub(crate) struct Flow {
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    pub(crate) aborted: u64,
    pub(crate) queued: usize,
    pub(crate) most_queued: usize,
}

impl Register {
    pub(super) fn new(server: Server, profile: &'static str) -> Self {
        Self { server, profile, begin: Instant::now(), entries: Mutex::default() }
    }

    /// Notes a client, and gives it a number.
    pub(super) fn enter(&self, socket: Socket) -> u64 {
        self.with(|entries| {
            entries.last += 1;
            entries.clients.insert(entries.last, (socket, Instant::now()));
            entries.last
        })
    }

    pub(super) fn leave(&self, number: u64) {
        let _socket = self.with(|entries| entries.clients.remove(&number));
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let stats = self.server.stats();
        let clients = self.with(|entries| entries.clients.clone());
        let refused =
            stats.refused.iter().map(|(code, count)| (Refusal::from_code(*code).to_string(), *count));
        Snapshot {
            version: 1,
            endpoint: self.server.endpoint().map(ToString::to_string),
            profile: self.profile.into(),
            uptime_ms: milliseconds(self.begin),
            clients: stats.clients,
            undecided: stats.undecided,
            accepted: stats.accepted,
            refused: refused.collect(),
            connections: clients.into_iter().map(connection).collect(),
        }
    }

    fn with<R>(&self, work: impl FnOnce(&mut Entries) -> R) -> R {
        work(&mut self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

fn connection((client, (socket, since)): (u64, (Socket, Instant))) -> Connection {
    let stats = socket.stats();
    Connection {
        client,
        peer: who(socket.peer()),
        age_ms: milliseconds(since),
        open: socket.is_open(),
        received: stats.received.into(),
        sent: stats.sent.into(),
    }
}

impl From<Traffic> for Flow {
    fn from(traffic: Traffic) -> Self {
        let Traffic { messages, bytes, aborted, queued, most_queued, .. } = traffic;
        Self { messages, bytes, aborted, queued, most_queued }
    }
}

fn milliseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
