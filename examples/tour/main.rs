//! A tour of everything at once: a server and client *processes* move real files as messages, both ways, while reads are
//! dropped, long writes are stopped half-way and client processes are killed. At the end every byte is accounted for.
//!
//! ```text
//! cargo run --release --example tour
//! cargo run --release --example tour -- --endpoint tcp://127.0.0.1:0 --clients 8 --mib 1024 ~/Pictures
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`plan`] | what is sent, worked out from a seed, so that both ends know it |
//! | [`corpus`], [`envelope`] | the real bytes, and the header that makes a message checkable |
//! | [`sender`], [`receiver`] | one direction of a conversation: withdrawing writes, dropping reads |
//! | [`ledger`], [`tally`] | what the receiver checks, and what is counted |
//! | [`exchange`], [`client`], [`server`], [`ping`] | both directions, the two ends of them, and the round trips |
//! | [`crew`], [`board`], [`host`], [`report`] | the processes, the watch over time, the whole run, the table |

use core::error::Error;
use core::time::Duration;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bowline_tokio::{Config, Endpoint};
use clap::Parser;

mod board;
mod client;
mod corpus;
mod crew;
mod envelope;
mod exchange;
mod host;
mod ledger;
mod ping;
mod plan;
mod receiver;
mod report;
mod sender;
mod server;
mod tally;

use plan::{FULL_SIZE, Plan};

/// Whatever ends the tour early.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// How long a close may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Moves real files between processes, both ways, while reads are dropped, writes withdrawn and clients killed.
#[derive(Parser, Clone, Debug)]
#[command(name = "tour")]
pub(crate) struct Arguments {
    /// Where the server listens; by default a private local name. Port 0 lets the system choose.
    #[arg(long)]
    endpoint: Option<Endpoint>,

    /// How many clients live to the end.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    clients: u32,

    /// About how many MiB are delivered, both directions together.
    #[arg(long, default_value_t = 256)]
    mib: u32,

    /// How many further clients are killed in the middle of it.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=64))]
    kills: u32,

    /// How many round trips are measured.
    #[arg(long, default_value_t = 20_000)]
    round_trips: u32,

    /// After so many seconds the tour has failed, and says what was outstanding.
    #[arg(long, default_value_t = 300)]
    deadline: u64,

    /// What sizes, withdrawals and drops are worked out from.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Whose files are sent; by default this repository's.
    folder: Option<PathBuf>,

    /// Makes this process a client of the tour: its number in the plan.
    #[arg(long, hide = true)]
    play: Option<u32>,
}

impl Arguments {
    fn endpoint(&self) -> Result<Endpoint, Failure> {
        match &self.endpoint {
            Some(endpoint) => Ok(endpoint.clone()),
            None => Ok(Endpoint::local(format!("tour-{}", std::process::id()))?),
        }
    }

    fn folder(&self) -> PathBuf {
        let repository = || Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        self.folder.clone().unwrap_or_else(repository)
    }

    fn plan(&self) -> Plan {
        Plan::new(self.seed, self.clients, self.kills, self.mib)
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(self.deadline)
    }
}

/// Both ends take messages of the full size; the queues hold a good deal less, so that long messages are chunked
/// through them.
fn config() -> Config {
    Config::new().message_limit(FULL_SIZE).queue_bytes(8 << 20)
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.play {
        Some(player) => client::main(&arguments, player),
        None => host::main(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("tour: {failure}");
            ExitCode::FAILURE
        }
    }
}
