//! Named pipes: what is dropped while the system has its memory, clients that storm a server, names that are taken.
//!
//! `BOWLINE_LONG=1` does it as often as RELIABILITY.md says; without it each takes a second or two.
#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod kept;
mod partings;

use core::time::Duration;
use std::env;

use bowline_net::BindError;
use bowline_runtime::{Config, ConnectError, Profile, Refusal, Server, ServerOptions, Socket};
use bowline_tests::{Adapter, Transport, World, is_wine, watchdog};

use kept::{children, local_names};
use partings::{closes, plain_closes};

const PATIENCE: Duration = Duration::from_secs(10);

macro_rules! on_every_adapter {
    ($profile:ident: $($name:ident),+ $(,)?) => {
        $(mod $name {
            #[test]
            fn tokio() { super::run(bowline_tests::Tokio::multi_thread, super::Profile::$profile, super::$name); }
            #[test]
            fn smol() { super::run(bowline_tests::Smol::own_executor, super::Profile::$profile, super::$name); }
            #[test]
            fn std_threads() { super::run(bowline_tests::Std::threads, super::Profile::$profile, super::$name); }
        })+
    };
}

on_every_adapter!(Full: drops, storms, stops, names, closes, local_names, children);
on_every_adapter!(Plain: plain_closes);

fn run(adapter: fn() -> Box<dyn Adapter>, profile: Profile, behaviour: fn(&World)) {
    let patience = if is_long() { 3600 } else { 300 };
    watchdog::run_for(Duration::from_secs(patience), "pipes", move || {
        behaviour(&World::new(adapter, Transport::Pipe, profile));
    });
}

fn is_long() -> bool {
    env::var_os("BOWLINE_LONG").is_some()
}

fn times(quick: usize, long: usize) -> usize {
    if is_long() { long } else { quick }
}

/// Everything is dropped in every order while reads and writes are under way: the system goes on to write into the memory
/// of the reads, and to read that of the writes, until it has given them up.
///
/// Mutant: an operation's block is freed with its owner, not with its completion.
fn drops(world: &World) {
    let (server, hall) = (world.serve(), world.serve());
    let rounds = times(210, 33_600);
    for round in 0..rounds {
        let (client, served) = world.join(&server, Config::new());
        let long = client.write(vec![1; 300_000]);
        let back = served.write(vec![2; 300_000]);
        let reads = [client.read(), served.read()];
        if round % 2 == 0 {
            let _begun = long.status();
        }
        match round % 7 {
            0 => drop((client, served, long, back, reads)),
            1 => drop((reads, back, long, served, client)),
            2 => drop((long, reads, client, back, served)),
            3 => {
                client.abort();
                drop((served, reads, back, client, long));
            }
            4 => drop((client.close(PATIENCE), served.ended(), reads, long, client, back, served)),
            5 => drop((client, long, served.close(PATIENCE), back, reads, served)),
            _ => {
                let _cancelled = long.cancel();
                drop((back, served, client, reads));
            }
        }
        half_way_in(world, &hall, round);
    }
    println!("{rounds} rounds, {} handles dropped", 9 * rounds);
    answers(world, &server);
}

/// A client is dropped somewhere on its way in, and the server's handles for it.
fn half_way_in(world: &World, server: &Server, round: usize) {
    let (accept, connect) = (server.accept(), world.connect(server));
    match round % 4 {
        0 => drop((accept, connect)),
        1 => drop((connect, accept)),
        2 => drop((accept.wait().unwrap(), connect)),
        _ => {
            let incoming = accept.wait().unwrap();
            drop(connect);
            drop(incoming.accept());
        }
    }
}

/// Clients that come and go at once leave a server that accepts.
///
/// Mutants: the next instance is made after the last was handed out; a client that has left ends the listener.
fn storms(world: &World) {
    let server = world.serve();
    server.on_connect(|_peer| true, drop);
    let rounds = times(300, 3_400);
    for round in 0..rounds {
        let connect = world.connect(&server);
        match round % 3 {
            0 => drop(connect),
            1 => drop(world.raw(&server)),
            _ => drop(connect.wait()),
        }
    }
    let socket = world.connect(&server).wait().unwrap();
    drop(socket);
    println!("{rounds} clients that came and went, and the server accepts");
}

/// Who comes while the server stops hears so, or finds nobody.
///
/// Mutants: the instance that waits is just closed, or given up and then closed: who opens it in between is lost.
fn stops(world: &World) {
    let rounds = times(100, 3_400);
    for _ in 0..rounds {
        let server = world.serve();
        drop(server.accept());
        let early = world.connect(&server);
        let close = server.close(PATIENCE);
        let late = world.connect(&server);
        for connect in [early, late, world.connect(&server)] {
            match connect.wait() {
                Err(ConnectError::Refused { refusal: Refusal::ShuttingDown, .. }) => {}
                Err(ConnectError::Unreachable(_)) => {}
                other => panic!("{other:?}"),
            }
        }
        close.wait().unwrap();
    }
    println!("{rounds} servers stopped, {} clients told", 3 * rounds);
}

/// Who has a name keeps it, and it is free when he has gone.
///
/// Mutant: a second server's first instance is not the first.
fn names(world: &World) {
    let endpoint = world.endpoint();
    let first = world.adapter.bind(&endpoint, ServerOptions::new()).unwrap();
    if is_wine() {
        println!("not checked: Wine 8 takes no notice of the flag for a first instance");
    } else {
        let second = world.adapter.bind(&endpoint, ServerOptions::new());
        assert!(matches!(second, Err(BindError::InUse { .. })), "{:?}", second.err());
    }
    answers(world, &first);
    first.close(PATIENCE).wait().unwrap();
    drop(first);
    answers(world, &world.adapter.bind(&endpoint, ServerOptions::new()).unwrap());
}

fn answers(world: &World, server: &Server) {
    let (client, served): (Socket, Socket) = world.join(server, Config::new());
    client.write("ahoy").wait().unwrap();
    assert_eq!(served.read().wait().unwrap(), "ahoy");
}
