//! Named pipes: what is dropped while the system has its memory, clients that storm a server, names that are taken.
//!
//! `BOWLINE_LONG=1` does it as often as RELIABILITY.md says; without it each takes a second or two.
#![cfg(windows)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

use core::time::Duration;
use std::env;

use bowline_net::BindError;
use bowline_runtime::{Config, Server, ServerOptions, Socket};
use bowline_tests::{Adapter, Transport, World, is_wine, watchdog};

const PATIENCE: Duration = Duration::from_secs(10);

macro_rules! on_every_adapter {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[test]
            fn tokio() { super::run(bowline_tests::Tokio::multi_thread, super::$name); }
            #[test]
            fn smol() { super::run(bowline_tests::Smol::own_executor, super::$name); }
            #[test]
            fn std_threads() { super::run(bowline_tests::Std::threads, super::$name); }
        })+
    };
}

on_every_adapter!(drops, storms, names);

fn run(adapter: fn() -> Box<dyn Adapter>, behaviour: fn(&World)) {
    let patience = if is_long() { 3600 } else { 60 };
    watchdog::run_for(Duration::from_secs(patience), "pipes", move || {
        behaviour(&World::new(adapter, Transport::Pipe, bowline_runtime::Profile::Full));
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
    let server = world.serve();
    for round in 0..times(200, 33_400) {
        let (client, served) = world.join(&server, Config::new());
        let long = client.write(vec![1; 300_000]);
        let back = served.write(vec![2; 300_000]);
        let reads = [client.read(), served.read()];
        if round % 2 == 0 {
            let _begun = long.status();
        }
        match round % 5 {
            0 => drop((client, served, long, back, reads)),
            1 => drop((reads, back, long, served, client)),
            2 => drop((long, reads, client, back, served)),
            3 => {
                client.abort();
                drop((served, reads, back, client, long));
            }
            _ => {
                let _cancelled = long.cancel();
                drop((back, served, client, reads));
            }
        }
    }
    answers(world, &server);
}

/// Clients that come and go at once leave a server that accepts.
///
/// Mutants: the next instance is made after the last was handed out; a client that has left ends the listener.
fn storms(world: &World) {
    let server = world.serve();
    server.on_connect(|_peer| true, drop);
    for round in 0..times(300, 3_400) {
        let connect = world.connect(&server);
        match round % 3 {
            0 => drop(connect),
            1 => drop(world.raw(&server)),
            _ => drop(connect.wait()),
        }
    }
    let socket = world.connect(&server).wait().unwrap();
    drop(socket);
}

/// Who has a name keeps it, and it is free when he has gone.
///
/// Mutant: a second server's first instance is not the first.
fn names(world: &World) {
    let endpoint = world.endpoint();
    let first = world.adapter.bind(&endpoint, ServerOptions::new()).unwrap();
    let second = world.adapter.bind(&endpoint, ServerOptions::new());
    if is_wine() {
        println!("not checked: Wine 8 takes no notice of the flag for a first instance");
    } else {
        assert!(matches!(second, Err(BindError::InUse { .. })), "{:?}", second.err());
    }
    drop(second);
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
