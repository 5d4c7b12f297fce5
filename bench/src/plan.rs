//! What is measured in a run.

use core::fmt;
use core::time::Duration;

use anyhow::ensure;
use clap::ValueEnum;

use crate::Result;
use crate::contender;
use crate::options::{Group, Options, Placement, Transports};
use crate::order::{Length, Mode, Workload};
use crate::pair::Transport;
use crate::role::SMALL;

/// Everything that a round measures, for everybody.
pub(crate) struct Plan {
    pub(crate) contenders: Vec<&'static str>,
    pub(crate) cells: Vec<Cell>,
    pub(crate) rounds: u32,
    /// So much time all rounds may take; the first is always run.
    pub(crate) budget: Duration,
    pub(crate) nice: i32,
    length: Duration,
}

/// One workload under one set of conditions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) struct Cell {
    pub(crate) workload: Workload,
    pub(crate) transport: Transport,
    pub(crate) placement: Placement,
    /// Whether it is about what a message costs in calls and allocations, and not about time.
    pub(crate) counted: bool,
}

impl Plan {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        let contenders = contenders(options);
        ensure!(contenders.len() > 1, "there is nobody to compare with l0");
        let (rounds, milliseconds, seconds) = if options.full { (9, 400, 120 * 60) } else { (3, 80, 170) };
        Ok(Self {
            contenders,
            cells: cells(options),
            rounds: options.rounds.unwrap_or(rounds),
            budget: Duration::from_secs(seconds),
            nice: options.nice,
            length: Duration::from_millis(options.milliseconds.unwrap_or(milliseconds)),
        })
    }

    /// How long something is measured. Many connections take a while to be warm.
    pub(crate) fn length(&self, cell: Cell) -> Length {
        Length::Time(match cell.workload {
            Workload::Crowd { clients } | Workload::Rotation { connections: clients } if clients >= 1000 => {
                self.length * 4
            }
            _ => self.length,
        })
    }
}

/// Those that tell little that is new, and wait until somebody asks for them or for everything.
const RARE: [&str; 6] = [
    "bowline-smol-spawned",
    "hand-tokio-mt",
    "hand-tokio-main",
    "codec-tokio-mt",
    "codec-smol-spawned",
    "zeromq-mt",
];

/// L0 and whoever is asked for.
fn contenders(options: &Options) -> Vec<&'static str> {
    let asked = |name: &str| match &options.contenders[..] {
        [] => options.full || !RARE.contains(&name),
        beginnings => beginnings.iter().any(|beginning| name.starts_with(beginning)),
    };
    let names = contender::ALL.iter().map(|entry| entry.name);
    names.enumerate().filter(|(index, name)| *index == 0 || asked(name)).map(|(_, name)| name).collect()
}

fn cells(options: &Options) -> Vec<Cell> {
    let mut cells = Vec::new();
    for &placement in &options.placement {
        for transport in transports(options.transport) {
            for group in groups(&options.only) {
                let counted = group == Group::Counts;
                let cell = |workload| Cell { workload, transport, placement, counted };
                cells.extend(workloads(group, options.full, transport).into_iter().map(cell));
            }
        }
    }
    cells
}

fn transports(asked: Transports) -> Vec<Transport> {
    match asked {
        Transports::Unix => vec![Transport::Unix],
        Transports::Tcp => vec![Transport::Tcp],
        Transports::Both => vec![Transport::Unix, Transport::Tcp],
    }
}

fn groups(asked: &[Group]) -> Vec<Group> {
    let all = Group::value_variants().iter().copied();
    all.filter(|group| asked.is_empty() || asked.contains(group)).collect()
}

/// What a group consists of. On TCP, what differs there: round trips and streams.
fn workloads(group: Group, full: bool, transport: Transport) -> Vec<Workload> {
    use Mode::{Awaited, Batched, Lent, Posted};
    let unix = transport == Transport::Unix;
    let some = |all: &[usize], few: &[usize]| if full { all.to_vec() } else { few.to_vec() };
    match group {
        Group::W1 if unix || full => {
            of(&some(&[8, 64, 1 << 10, 64 << 10], &[64, 64 << 10]), |size| Workload::PingPong { size })
        }
        Group::W1 => vec![Workload::PingPong { size: SMALL }],
        Group::W2 if full => streams(&[64, 1 << 10, 64 << 10, 1 << 20], &[Awaited, Posted, Batched, Lent]),
        Group::W2 if unix => {
            [streams(&[64], &[Awaited, Posted, Lent]), streams(&[64, 1 << 10, 64 << 10, 1 << 20], &[Batched])]
                .concat()
        }
        Group::W2 => [streams(&[64], &[Awaited]), streams(&[64 << 10], &[Batched])].concat(),
        _ if !unix => Vec::new(),
        Group::W3 => of(&[100, 1000], |clients| Workload::Crowd { clients }),
        Group::W4 => of(&some(&[1000, 10_000], &[1000]), |clients| Workload::Idle { clients }),
        Group::W5 => of(&some(&[64 << 20, 1 << 30], &[64 << 20]), |size| Workload::Large { size }),
        Group::W6 => vec![Workload::CancelledReads, Workload::AbortedWrites, Workload::Farewell],
        Group::Growth if full => growth(&[10, 100, 1000, 10_000], &[1, 10, 100, 1000]),
        Group::Growth => growth(&[10, 1000], &[1, 1000]),
        Group::Counts => {
            [vec![Workload::PingPong { size: SMALL }], streams(&[SMALL], &[Awaited, Posted, Batched])]
                .concat()
        }
    }
}

fn of(numbers: &[usize], workload: impl Fn(usize) -> Workload) -> Vec<Workload> {
    numbers.iter().map(|number| workload(*number)).collect()
}

fn streams(sizes: &[usize], modes: &[Mode]) -> Vec<Workload> {
    sizes.iter().flat_map(|&size| modes.iter().map(move |&mode| Workload::Stream { size, mode })).collect()
}

fn growth(connections: &[usize], reads: &[usize]) -> Vec<Workload> {
    let rotations = of(connections, |connections| Workload::Rotation { connections });
    let queues = of(reads, |reads| Workload::QueuedReads { reads });
    [rotations, queues].concat()
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workload, transport, placement, counted } = self;
        let each = if *counted { ", of each message" } else { "" };
        let placement = match placement {
            Placement::Same => "same core",
            Placement::Split => "two cores",
            Placement::None => "not pinned",
        };
        write!(f, "{workload}{each} · {transport} · {placement}")
    }
}
