//! What each group of workloads consists of.

use clap::ValueEnum;

use super::Cell;
use crate::options::{Group, Options, Transports};
use crate::order::{Mode, Workload};
use crate::pair::Transport;
use crate::role::SMALL;

/// Everything that is measured.
pub(super) fn cells(options: &Options) -> Vec<Cell> {
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
        Group::W5 => of(&[64 << 20, 1 << 30], |size| Workload::Large { size }),
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
