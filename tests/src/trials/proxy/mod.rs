//! Random scripts of operations, on real sockets, through a proxy that cuts, delays and breaks.

mod player;
mod relay;
pub mod script;

use core::sync::atomic::{AtomicU64, Ordering};
use std::io;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use bowline_runtime::{Closed, Config, Connect, Server, ServerOptions, Socket};

use super::{Report, Setting, Way, in_lanes};
use crate::watchdog::PATIENCE;
use crate::{Directory, World, unique_name};
use player::{Log, Player};
use relay::Relay;
use script::Script;

/// Plays one script each time. What was delivered is what was submitted without what was withdrawn, in order; a message
/// has one outcome, and it is true; what was sent is delivered unless the connection broke, and what a close says is
/// unconfirmed is all that may be missing.
#[must_use]
pub fn proxy(setting: &Setting) -> Report {
    let (world, directory, seen) = (setting.world(), Directory::new(), Seen::default());
    let mut report = in_lanes(setting.count, |lane, share| {
        let (mut choices, mut report) = (setting.choices(lane), Report::default());
        for number in 0..share {
            // A server of its own: a client that was let in and heard nothing of it must not be taken for the next.
            let stage = Stage::new(&world, &directory, &seen);
            let script = Script::new(choices.u64(..));
            let way = Way::of(number);
            report.count(stage.play(&script, way).map_err(|what| format!("{what}\n    {way:?} {script:?}")));
        }
        report
    });
    report.figure("broken", seen.broken.load(Ordering::Relaxed));
    report.figure("unopened", seen.unopened.load(Ordering::Relaxed));
    report.figure("messages", seen.messages.load(Ordering::Relaxed));
    report
}

/// What is seen on the way.
#[derive(Default)]
struct Seen {
    broken: AtomicU64,
    unopened: AtomicU64,
    messages: AtomicU64,
}

/// A server with a proxy before it.
struct Stage<'a> {
    world: &'a World,
    /// Whoever was let in.
    served: Receiver<Socket>,
    _server: Server,
    relay: Relay,
    seen: &'a Seen,
}

impl<'a> Stage<'a> {
    fn new(world: &'a World, directory: &Directory, seen: &'a Seen) -> Self {
        let server = world.serve_with(ServerOptions::new().config(settings()));
        let endpoint = server.endpoint().expect("it listens at one");
        let relay = Relay::new(endpoint, &directory.path().join(unique_name()));
        let relay = relay.expect("the system has room for it");
        let (connected, served) = mpsc::channel();
        server.on_connect(|_peer| true, move |socket| drop(connected.send(socket)));
        Self { world, served, _server: server, relay, seen }
    }

    fn play(&self, script: &Script, way: Way) -> Result<(), String> {
        let connect = self.world.adapter.connect(&self.relay.endpoint, settings());
        let (passed, ends) = thread::scope(|scope| {
            let relay = &self.relay;
            let relay = scope.spawn(move || relay.pass(&script.up, &script.down));
            let ends = self.ends(script, way, connect);
            (relay.join().expect("it does not panic"), ends)
        });
        let broke = passed.map_err(|error: io::Error| format!("the relay: {error}"))? || script.aborts();
        self.seen.broken.fetch_add(broke.into(), Ordering::Relaxed);
        let Some((client, server)) = ends? else {
            self.seen.unopened.fetch_add(1, Ordering::Relaxed);
            return if broke { Ok(()) } else { Err("the connection did not come about".to_owned()) };
        };
        let delivered = client.delivered.len() + server.delivered.len();
        self.seen.messages.fetch_add(delivered as u64, Ordering::Relaxed);
        judge("client to server", &client, &server, broke)?;
        judge("server to client", &server, &client, broke)
    }

    /// Plays both ends; `None` if the connection does not open.
    fn ends(&self, script: &Script, way: Way, mut connect: Connect) -> Result<Option<(Log, Log)>, String> {
        let Ok(client) = connect.wait_for(PATIENCE).ok_or("a connect hangs")? else {
            return Ok(None);
        };
        let served = self.served.recv_timeout(PATIENCE).map_err(|_late| "nobody was let in")?;
        let play = |socket: Socket, steps| Player::new(socket, way).play(steps);
        let (client, server) = (play(client, script.client.clone()), play(served, script.server.clone()));
        thread::scope(|scope| {
            let world = self.world;
            let server = scope.spawn(move || way.run(world, server));
            let client = way.run(world, client);
            let server = server.join().expect("it does not panic");
            Ok(Some((client?, server?)))
        })
    }
}

fn judge(direction: &str, from: &Log, to: &Log, broke: bool) -> Result<(), String> {
    let confirmed = match from.closed {
        // Clean is clean, whatever happened afterwards.
        Closed::Clean => from.ledger.sent(),
        Closed::Unconfirmed { from, .. } if broke => from - 1,
        other => return Err(format!("{direction}: {other:?}, {}, {}", from.reason, to.reason)),
    };
    if (to.delivered.len() as u64) < confirmed {
        return Err(format!("{direction}: {confirmed} confirmed, {} delivered", to.delivered.len()));
    }
    let told = from.ledger.check(&to.delivered, broke);
    told.map_err(|what| {
        let ends = format!("{:?} {:?}, {:?}", from.closed, from.reason, to.reason);
        format!("{direction}: {what}; {ends}, {:?} of {:?}", to.delivered, from.ledger)
    })
}

/// Whoever is slow here is not gone.
fn settings() -> Config {
    Config::new().linger(PATIENCE).close_timeout(PATIENCE).progress_timeout(PATIENCE)
}
