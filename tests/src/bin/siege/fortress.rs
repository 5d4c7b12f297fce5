//! The servers, and the program that they are part of.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use bowline_runtime::{Bytes, CloseReason, Endpoint, ReadError, Server, ServerOptions, Socket};
use bowline_tests::{Adapter, Directory, unique_name};

use crate::options::{AdapterName, Carrier};
use crate::target::Target;

/// One server for each target, and one for the honest client, all in this process and on one executor.
pub(crate) struct Fortress {
    echo: Server,
    servers: Vec<(Target, Server)>,
    program: Arc<Program>,
    carrier: Carrier,
    directory: Directory,
    /// How many of each target's clients there may be at a time, and how many of them squat.
    connections: usize,
    squatters: usize,
}

/// As much as a hostile peer says that it takes.
const SPEECH: usize = 16 << 20;

/// What the program does with the sockets.
struct Program {
    adapter: Box<dyn Adapter>,
    name: AdapterName,
    /// Messages of the stalled server that were read, and those of the sink.
    read: AtomicU64,
    sunk: AtomicU64,
    /// Streams of the observed server that ended in order, and those that did not.
    orderly: AtomicU64,
    torn: AtomicU64,
    reading: AtomicBool,
    speech: Bytes,
    /// Nobody reads these yet.
    stalled: Mutex<Vec<Socket>>,
}

impl Fortress {
    pub(crate) fn build(name: AdapterName, carrier: Carrier, connections: usize, squatters: usize) -> Self {
        let program = Arc::new(Program {
            adapter: name.start(),
            name,
            read: AtomicU64::new(0),
            sunk: AtomicU64::new(0),
            orderly: AtomicU64::new(0),
            torn: AtomicU64::new(0),
            reading: AtomicBool::new(false),
            speech: vec![7; SPEECH].into(),
            stalled: Mutex::new(Vec::new()),
        });
        let directory = Directory::new();
        let echo = program.bind(carrier, &directory, ServerOptions::new());
        serve(&echo, &program, Program::echo);
        let servers = Vec::new();
        Self { echo, servers, program, carrier, directory, connections, squatters }
    }

    /// Opens the gates to those who are not honest.
    pub(crate) fn open(&mut self) {
        for target in Target::ALL {
            let clients = if target == Target::Squatted { self.squatters } else { self.connections };
            let server = self.program.bind(self.carrier, &self.directory, target.options(clients));
            match target {
                Target::Sink | Target::Brisk | Target::Hasty => serve(&server, &self.program, Program::sink),
                Target::Talkative => serve(&server, &self.program, Program::talk),
                Target::Stalled => serve(&server, &self.program, Program::stall),
                Target::Hoarded => serve(&server, &self.program, Program::echo),
                Target::Observed => serve(&server, &self.program, Program::observe),
                // An accept shows interest; that it is dropped changes nothing about it.
                Target::Squatted => drop(server.accept()),
            }
            self.servers.push((target, server));
        }
    }

    /// Where the honest client connects.
    pub(crate) fn echo(&self) -> String {
        endpoint(&self.echo)
    }

    /// Where the targets are, in their order.
    pub(crate) fn endpoints(&self) -> Vec<String> {
        self.servers.iter().map(|(_, server)| endpoint(server)).collect()
    }

    /// How many messages wait on each connection that nobody reads yet.
    pub(crate) fn queued(&self) -> Vec<usize> {
        self.program.stalled().iter().map(|socket| socket.stats().received.queued).collect()
    }

    /// The program begins to read what it had left lying.
    pub(crate) fn resume(&self) {
        self.program.resume();
    }

    /// How many clients there are besides the honest one, and how many of the squatted server's wait.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let besieged = |(_, server): &(Target, Server)| server.clients() + server.undecided();
        let squatted = self.servers.iter().filter(|(target, _)| *target == Target::Squatted);
        let waiting = squatted.map(|(_, server)| server.undecided()).sum();
        (self.servers.iter().map(besieged).sum(), waiting)
    }

    /// How many messages were read of those that had to wait, and of the sink's.
    pub(crate) fn messages(&self) -> (u64, u64) {
        (self.program.read.load(Ordering::Relaxed), self.program.sunk.load(Ordering::Relaxed))
    }

    /// How many of the observed server's streams ended in order, and how many did not.
    pub(crate) fn ends(&self) -> (u64, u64) {
        (self.program.orderly.load(Ordering::Relaxed), self.program.torn.load(Ordering::Relaxed))
    }

    /// How many clients came to nothing because of TLS.
    pub(crate) fn insecure(&self) -> u64 {
        self.servers.iter().map(|(_, server)| server.stats().insecure).sum()
    }
}

fn endpoint(server: &Server) -> String {
    server.endpoint().expect("it listens somewhere").to_string()
}

/// Lets everybody in.
fn serve(server: &Server, program: &Arc<Program>, act: fn(&Arc<Program>, &Socket)) {
    let program = Arc::clone(program);
    server.on_connect(|_peer| true, move |socket| act(&program, &socket));
}

impl Program {
    fn bind(&self, carrier: Carrier, directory: &Directory, options: ServerOptions) -> Server {
        let endpoint = match carrier {
            Carrier::Unix => Endpoint::unix(directory.path().join(unique_name())),
            Carrier::Tcp => Endpoint::tcp("127.0.0.1", 0),
            Carrier::Tls => Endpoint::tls("127.0.0.1", 0),
        };
        self.adapter.bind(&endpoint.expect("it is short"), options).expect("the endpoint is free")
    }

    /// Sends everything back: on a thread of its own where programs have threads.
    fn echo(self: &Arc<Self>, socket: &Socket) {
        let socket = socket.clone();
        if self.name == AdapterName::Std {
            drop(thread::spawn(move || {
                while let Ok(message) = socket.read().wait() {
                    if socket.write(message).wait().is_err() {
                        break;
                    }
                }
            }));
        } else {
            self.adapter.spawn(Box::pin(async move {
                while let Ok(message) = socket.read().await {
                    if socket.write(message).await.is_err() {
                        break;
                    }
                }
            }));
        }
    }

    fn sink(self: &Arc<Self>, socket: &Socket) {
        let program = Arc::clone(self);
        socket.on_message(move |_socket, _message| _ = program.sunk.fetch_add(1, Ordering::Relaxed));
    }

    fn talk(self: &Arc<Self>, socket: &Socket) {
        // All clients get the same bytes, which are in memory once.
        drop(socket.write(self.speech.clone()).detach());
        self.sink(socket);
    }

    fn observe(self: &Arc<Self>, socket: &Socket) {
        let (program, socket) = (Arc::clone(self), socket.clone());
        self.adapter.spawn(Box::pin(async move {
            let end = loop {
                match socket.read().await {
                    Ok(message) => drop(socket.write(message).detach()),
                    Err(end) => break end,
                }
            };
            let in_order = end == ReadError::Closed(CloseReason::PeerClosed);
            let counter = if in_order { &program.orderly } else { &program.torn };
            counter.fetch_add(1, Ordering::Relaxed);
        }));
    }

    fn stall(self: &Arc<Self>, socket: &Socket) {
        let mut stalled = self.stalled();
        if self.reading.load(Ordering::Relaxed) {
            drop(stalled);
            self.read(socket);
        } else {
            stalled.push(socket.clone());
        }
    }

    fn resume(self: &Arc<Self>) {
        let mut stalled = self.stalled();
        self.reading.store(true, Ordering::Relaxed);
        let waiting = core::mem::take(&mut *stalled);
        drop(stalled);
        waiting.iter().for_each(|socket| self.read(socket));
    }

    fn stalled(&self) -> MutexGuard<'_, Vec<Socket>> {
        self.stalled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(self: &Arc<Self>, socket: &Socket) {
        let program = Arc::clone(self);
        socket.on_message(move |_socket, _message| _ = program.read.fetch_add(1, Ordering::Relaxed));
    }
}
