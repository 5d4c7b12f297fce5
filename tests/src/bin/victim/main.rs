//! Programs to which the operating system does its worst: `victim ADAPTER ROLE [ARGUMENT]...`
//!
//! They are processes of their own because what is done to them is done to a whole process: limits, signals, system calls
//! that fail, a network that goes silent. Whatever they find out they print as lines of a name and a number, and a panic on
//! whichever thread ends them with code 101.

mod beat;
mod converse;
mod forking;
mod host;
mod orders;
mod process;
mod races;
mod reset;
mod serve;
mod storm;
mod trial;

use std::panic;
use std::process::exit;

use bowline_runtime::Endpoint;
use clap::{Parser, Subcommand};

use host::{Host, Kind};

/// Programs to which the operating system does its worst.
#[derive(Parser)]
struct Command {
    #[arg(value_enum)]
    adapter: Kind,
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Lets everybody in and sends every message back, until its input ends.
    Serve(serve::Serve),
    /// Talks to `serve` on some connections at once: every message comes back, in order.
    Converse(converse::Converse),
    /// Opens many connections to `serve` at once, exchanges a message on each, closes them all.
    Storm(storm::Storm),
    /// Writes to a server that resets, with SIGPIPE at its default action.
    Reset(reset::Reset),
    /// Talks to `serve` while one system call of its own fails, and says whether what came of it is right.
    Trial(trial::Trial),
    /// Lets clients in that are going to fall silent.
    BeatServer(beat::Beat),
    /// Connects, and is going to hear nothing any more.
    BeatClient(beat::Beat),
    /// Forks a child that holds copies of everything, then ends a connection and its server.
    Fork { endpoint: Endpoint },
    /// Drops everything that there is in every order.
    Orders { transport: orders::Transport },
    /// Lets accepts run out of time while clients come.
    AcceptRaces { transport: orders::Transport, count: usize },
}

fn main() {
    die_of_every_panic();
    let command = Command::parse();
    match command.role {
        Role::Serve(role) => role.run(&Host::new(command.adapter)),
        Role::Converse(role) => role.run(&Host::new(command.adapter)),
        Role::Storm(role) => role.run(&Host::new(command.adapter)),
        Role::Reset(role) => role.run(&Host::new(command.adapter)),
        Role::Trial(role) => role.run(&Host::new(command.adapter)),
        Role::BeatServer(role) => role.serve(&Host::new(command.adapter)),
        Role::BeatClient(role) => role.connect(&Host::new(command.adapter)),
        Role::Fork { endpoint } => forking::run(&Host::new(command.adapter), &endpoint),
        Role::Orders { transport } => orders::run(command.adapter, transport),
        Role::AcceptRaces { transport, count } => races::run(command.adapter, transport, count),
    }
}

fn die_of_every_panic() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        print(info);
        exit(101);
    }));
}
