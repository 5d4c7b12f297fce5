//! The targets, row by row.

use super::Bound::{AtLeast, AtMost};
use super::{Against, Bound, Target, cell};
use crate::figure::Figure;
use crate::order::{Mode, Workload};
use crate::pair::Transport;
use crate::plan::Cell;
use crate::role::SMALL;

const CURRENT: &str = "bowline-tokio";
const MULTI: &str = "bowline-tokio-mt";
const MAIN: &str = "bowline-tokio-main";
const SMOL: &str = "bowline-smol";
const THREADS: &str = "bowline-std";
const ADAPTERS: [&str; 4] = [THREADS, CURRENT, MULTI, SMOL];

pub(super) fn all() -> Vec<Target> {
    [round_trips(), streams(), crowds(), memory(), tcp(), growth()].into_iter().flatten().collect()
}

fn round_trips() -> Vec<Target> {
    let small = |who, peer, bound| against_l0(ping(SMALL), who, Figure::P50, peer, bound);
    let long = |who, peer, bound| against_l0(ping(64 << 10), who, Figure::P50, peer, bound);
    let mut targets = vec![
        small(THREADS, "interprocess 1.01", AtMost(1.10)),
        small(CURRENT, "by hand 1.62, codec 1.71", AtMost(1.30)),
        small(MULTI, "by hand 1.62, codec 1.71", AtMost(1.30)),
        small(MAIN, "codec 2.37", AtMost(1.9)),
        small(SMOL, "1.62", AtMost(1.60)),
        long(THREADS, "1.17", AtMost(1.05)),
        long(CURRENT, "by hand 1.27, codec 1.50", AtMost(1.20)),
        long(MULTI, "by hand 1.27, codec 1.50", AtMost(1.20)),
    ];
    for who in [THREADS, CURRENT, MULTI] {
        targets.push(against_l0(ping(SMALL), who, Figure::P99_9, "", AtMost(1.3)));
        targets.push(absolute(ping(SMALL), who, Figure::P99_9, "", AtMost(100e3)));
    }
    targets
}

fn streams() -> Vec<Target> {
    use Mode::{Awaited, Batched, Lent, Posted};
    let rows = [
        (SMALL, Posted, "libzmq 5.3", 16.0),
        (SMALL, Awaited, "interprocess 0.99", 0.95),
        (SMALL, Batched, "by hand 0.50–0.59, codec 0.14", 0.40),
        (SMALL, Lent, "by hand 0.50–0.59", 0.50),
        (1 << 10, Batched, "by hand 0.75–0.88, codec 0.56", 0.80),
        (64 << 10, Batched, "ipc-channel 1.01, codec 0.75", 0.95),
        (1 << 20, Batched, "ipc-channel 1.06, codec 0.71", 1.0),
    ];
    let mut targets = Vec::new();
    for (size, mode, peer, least) in rows {
        for who in ADAPTERS {
            targets.push(against_l0(stream(size, mode), who, Figure::WorkRate, peer, AtLeast(least)));
        }
    }
    targets
}

fn crowds() -> Vec<Target> {
    let row = |clients, who, peer, least| {
        against_l0(Workload::Crowd { clients }, who, Figure::WorkRate, peer, AtLeast(least))
    };
    vec![
        row(100, CURRENT, "by hand 1.07, codec 0.93", 1.05),
        row(100, MULTI, "codec 0.89", 1.05),
        row(1000, CURRENT, "by hand 0.91, codec 0.71", 0.95),
        row(1000, MULTI, "codec 0.63", 0.95),
        row(1000, THREADS, "a thread each 0.45", 0.90),
        row(1000, SMOL, "0.55", 0.65),
    ]
}

fn memory() -> Vec<Target> {
    let mut targets = Vec::new();
    for who in ADAPTERS {
        for clients in [1000, 10_000] {
            for figure in [Figure::Heap, Figure::Resident] {
                let idle = Workload::Idle { clients };
                targets.push(absolute(idle, who, figure, "zeromq 2.3 KiB, codec 9.5", AtMost(1024.0)));
            }
        }
        // Each side's payload is its own: that of a round trip is received twice, that of a stream once.
        targets.push(counted(ping(SMALL), who, AtMost(2.05)));
        targets.push(counted(stream(SMALL, Mode::Posted), who, AtMost(1.05)));
        let large = Workload::Large { size: 1 << 30 };
        targets.push(against_l0(large, who, Figure::WorkThroughput, "", AtLeast(0.9)));
        for figure in [Figure::ServerExcess, Figure::ClientExcess] {
            targets.push(absolute(large, who, figure, "", AtMost((1 << 20).into())));
        }
    }
    targets
}

fn tcp() -> Vec<Target> {
    let rows = [
        (ping(SMALL), Figure::P50, "codec 1.2", AtMost(1.10)),
        (stream(SMALL, Mode::Awaited), Figure::WorkRate, "codec 0.76–0.99", AtLeast(0.95)),
        (stream(64 << 10, Mode::Batched), Figure::WorkRate, "codec 0.76–0.99", AtLeast(0.95)),
    ];
    let mut targets = Vec::new();
    for (workload, figure, peer, bound) in rows {
        for who in [THREADS, CURRENT] {
            let target = against_l0(workload, who, figure, peer, bound);
            targets.push(Target { cell: Cell { transport: Transport::Tcp, ..target.cell }, ..target });
        }
    }
    targets
}

/// Per message, at most a tenth more.
fn growth() -> Vec<Target> {
    let few = Workload::Rotation { connections: 10 };
    let mut pairs: Vec<_> =
        [100, 1000, 10_000].map(|connections| (Workload::Rotation { connections }, few)).into();
    let one = Workload::QueuedReads { reads: 1 };
    pairs.extend([10, 100, 1000].map(|reads| (Workload::QueuedReads { reads }, one)));
    let mut targets = Vec::new();
    for (many, few) in pairs {
        for who in ADAPTERS {
            let target = absolute(many, who, Figure::P50, "", AtMost(1.1));
            targets.push(Target { against: Against::Itself(few), ..target });
        }
    }
    targets
}

fn ping(size: usize) -> Workload {
    Workload::PingPong { size }
}

fn stream(size: usize, mode: Mode) -> Workload {
    Workload::Stream { size, mode }
}

fn against_l0(
    workload: Workload,
    contender: &'static str,
    figure: Figure,
    peer: &'static str,
    bound: Bound,
) -> Target {
    Target { peer, contender, cell: cell(workload), figure, against: Against::L0, bound }
}

fn absolute(
    workload: Workload,
    contender: &'static str,
    figure: Figure,
    peer: &'static str,
    bound: Bound,
) -> Target {
    Target { against: Against::Nothing, ..against_l0(workload, contender, figure, peer, bound) }
}

fn counted(workload: Workload, contender: &'static str, bound: Bound) -> Target {
    let target = absolute(workload, contender, Figure::Allocations, "", bound);
    Target { cell: Cell { counted: true, ..target.cell }, ..target }
}
