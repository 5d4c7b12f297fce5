//! Accepts that run out of time while clients come.

use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::thread;

use bowline_runtime::{ConnectError, Refusal, Server};
use bowline_tests::{Numbered, World, watchdog};

use crate::host::Kind;
use crate::orders::Transport;
use crate::process::{self, print};

/// How many threads connect, and how many accept.
const CLIENTS: usize = 4;
const ACCEPTORS: u64 = 2;

/// Every client that connects is let in or refused, and the server's books say the same as the clients'.
pub(crate) fn run(kind: Kind, transport: Transport, count: usize) {
    let world = transport.world(kind);
    drop(world.pair());
    let before = process::descriptors();
    let server = world.serve();
    // Interest, without which clients are refused as a matter of course.
    drop(server.accept());
    let (done, timeouts) = (&AtomicBool::new(false), &AtomicU64::new(0));
    thread::scope(|scope| {
        for seed in 0..ACCEPTORS {
            let server = &server;
            scope.spawn(move || accept_until(done, timeouts, server, seed));
        }
        let clients = [(); CLIENTS].map(|()| scope.spawn(|| connect(&world, &server, count / CLIENTS)));
        let outcomes = clients.map(|client| client.join().expect("it has panicked already"));
        done.store(true, Ordering::Relaxed);
        tell(&server, &outcomes, timeouts.load(Ordering::Relaxed));
    });
    drop(server);
    process::expect_closed(before, process::descriptors);
}

/// How many were let in, and how many refused.
type Outcomes = [u64; 2];

fn connect(world: &World, server: &Server, count: usize) -> Outcomes {
    let mut outcomes = [0; 2];
    for _ in 0..count {
        match world.connect(server).wait() {
            Ok(socket) => {
                outcomes[0] += 1;
                socket.abort();
            }
            Err(ConnectError::Refused { refusal: Refusal::Declined, .. }) => outcomes[1] += 1,
            Err(other) => panic!("{other}"),
        }
    }
    outcomes
}

/// Waits for moments only, and sometimes says no.
fn accept_until(done: &AtomicBool, timeouts: &AtomicU64, server: &Server, seed: u64) {
    let mut chance = Numbered::new(seed);
    while !done.load(Ordering::Relaxed) {
        let mut accept = server.accept();
        match accept.wait_for(Duration::from_micros(chance.random() % 200)) {
            None => drop(timeouts.fetch_add(1, Ordering::Relaxed)),
            Some(Ok(incoming)) if chance.random().is_multiple_of(4) => drop(incoming),
            Some(incoming) => drop(incoming.expect("the server runs").accept()),
        }
    }
}

fn tell(server: &Server, outcomes: &[Outcomes], timeouts: u64) {
    let sum = |which: usize| outcomes.iter().map(|outcome| outcome[which]).sum::<u64>();
    watchdog::until("the books are closed", || server.clients() + server.undecided() == 0);
    let stats = server.stats();
    print("let-in", sum(0));
    print("declined", sum(1));
    print("accepted", stats.accepted);
    print("refused", stats.refused_for(Refusal::Declined));
    print("timeouts", timeouts);
}
