//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// bowline beside its peers: every workload for every contender, in interleaved rounds, as ratios to hand-written system
/// calls of the same round.
#[derive(Parser, Debug)]
#[command(version)]
pub(crate) struct Options {
    /// A few short rounds of what the targets are about: three minutes.
    #[arg(long, conflicts_with = "full")]
    pub(crate) quick: bool,
    /// Everything, in less than an hour.
    #[arg(long)]
    pub(crate) full: bool,
    /// Only these workloads.
    #[arg(long, value_enum, value_delimiter = ',', ignore_case = true)]
    pub(crate) only: Vec<Group>,
    /// Only those whose name begins with one of these, and l0.
    #[arg(long, value_delimiter = ',')]
    pub(crate) contenders: Vec<String>,
    #[arg(long, value_enum, default_value = "both")]
    pub(crate) transport: Transports,
    /// On which processors server and client run.
    #[arg(long, value_enum, value_delimiter = ',', default_value = "same")]
    pub(crate) placement: Vec<Placement>,
    /// How many rounds; each runs everything once.
    #[arg(long)]
    pub(crate) rounds: Option<u32>,
    /// How long each measurement takes, in milliseconds.
    #[arg(long)]
    pub(crate) milliseconds: Option<u64>,
    /// The priority of what is measured, as `nice` has it. Below 0, which only root may ask for, it has the processor to
    /// itself on a machine that is busy with other things.
    #[arg(long, default_value_t = 0, allow_hyphen_values = true)]
    pub(crate) nice: i32,
    /// Where the figures and plots go.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/results"))]
    pub(crate) out: PathBuf,
    /// Names the contenders and ends.
    #[arg(long)]
    pub(crate) list: bool,
    /// What this program tells itself when it starts itself again.
    #[arg(long, hide = true)]
    pub(crate) child: Option<String>,
}

/// A row of the table of workloads.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
#[value(rename_all = "verbatim")]
pub(crate) enum Group {
    /// Ping-pong.
    W1,
    /// Streaming.
    W2,
    /// Many clients.
    W3,
    /// Memory of idle connections.
    W4,
    /// Large messages.
    W5,
    /// What peers don't do.
    W6,
    /// The cost of a message beside many connections and many tasks.
    Growth,
    /// System calls, context switches and allocations of a message.
    Counts,
}

/// What carries the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Transports {
    Unix,
    Tcp,
    Both,
}

/// Where server and client run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, ValueEnum)]
pub(crate) enum Placement {
    /// Both on one processor: the one to judge by.
    Same,
    /// One processor each, both kept from idling.
    Split,
    /// Wherever the system puts them.
    None,
}
