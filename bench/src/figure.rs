//! What can be read off a measurement.

use core::fmt;

use crate::order::{Mode, Workload};
use crate::pair::Measured;
use crate::plan::Cell;

/// One kind of number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Figure {
    /// Nanoseconds of a round trip, or of whatever is done over and over.
    P50,
    P99,
    P99_9,
    /// Messages a second.
    Rate,
    /// Messages in a second that processors work for either side: what others do on the machine matters little.
    WorkRate,
    /// Bytes a second, by the clock and by the processors' work.
    Throughput,
    WorkThroughput,
    /// Bytes of the server for each connection: on the heap, and of the whole process.
    Heap,
    Resident,
    /// Bytes by which a side's peak is above what it held before and the message itself.
    ServerExcess,
    ClientExcess,
    /// Of both sides, for each message.
    Calls,
    Sleeps,
    Preemptions,
    Allocations,
}

impl Figure {
    /// Those of a workload; the first is the one to judge by on one processor.
    pub(crate) fn all_of(cell: Cell) -> &'static [Self] {
        if cell.counted {
            return &[Self::Calls, Self::Sleeps, Self::Preemptions, Self::Allocations];
        }
        match cell.workload {
            Workload::PingPong { .. } | Workload::Farewell => {
                &[Self::P50, Self::P99, Self::P99_9, Self::WorkRate]
            }
            Workload::CancelledReads | Workload::AbortedWrites => &[Self::P50, Self::P99, Self::P99_9],
            Workload::Rotation { .. } | Workload::QueuedReads { .. } => &[Self::P50, Self::WorkRate],
            Workload::Stream { .. } | Workload::Crowd { .. } => &[Self::WorkRate, Self::Rate],
            Workload::Idle { .. } => &[Self::Resident, Self::Heap],
            Workload::Large { .. } => {
                &[Self::WorkThroughput, Self::Throughput, Self::ServerExcess, Self::ClientExcess]
            }
        }
    }

    pub(crate) fn of(self, measured: &Measured) -> Option<f64> {
        let outcome = &measured.outcome;
        let (seconds, work) = (outcome.time.as_secs_f64(), outcome.processors.as_secs_f64());
        let messages = outcome.messages as f64;
        let each = |server: u64, client: u64| Some((server + client) as f64 / messages);
        let (server, client, before) = (&measured.server, &measured.client, &measured.before);
        match self {
            Self::P50 => outcome.latency.map(|latency| latency.p50 as f64),
            Self::P99 => outcome.latency.map(|latency| latency.p99 as f64),
            Self::P99_9 => outcome.latency.map(|latency| latency.p99_9 as f64),
            Self::Rate => Some(messages / seconds),
            Self::WorkRate => Some(messages / work),
            Self::Throughput => Some(outcome.bytes as f64 / seconds),
            Self::WorkThroughput => Some(outcome.bytes as f64 / work),
            Self::Heap => Some(server.held as f64 / messages),
            Self::Resident => Some(server.resident as f64 / messages),
            // Both are the same program, so that the client has begun with what the server had.
            Self::ServerExcess => {
                Some(server.resident_peak as f64 - (before.resident + outcome.bytes) as f64)
            }
            Self::ClientExcess => {
                Some(client.resident_peak as f64 - (before.resident + outcome.bytes) as f64)
            }
            Self::Calls => measured.calls.map(|calls| calls as f64 / messages),
            Self::Sleeps => each(server.sleeps, client.sleeps),
            Self::Preemptions => each(server.preemptions, client.preemptions),
            Self::Allocations => each(server.allocations, client.allocations),
        }
    }

    /// Whether it says something beside L0's.
    pub(crate) const fn is_compared(self) -> bool {
        matches!(
            self,
            Self::P50
                | Self::P99
                | Self::P99_9
                | Self::Rate
                | Self::WorkRate
                | Self::Throughput
                | Self::WorkThroughput
        )
    }

    /// A value of it, for people.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::P50 | Self::P99 | Self::P99_9 => format!("{:.1} µs", value / 1e3),
            Self::Rate | Self::WorkRate => scaled(value, 1e3, &["/s", "k/s", "M/s", "G/s"]),
            Self::Throughput | Self::WorkThroughput => scaled(value, 1e3, &["B/s", "kB/s", "MB/s", "GB/s"]),
            Self::Heap | Self::Resident | Self::ServerExcess | Self::ClientExcess => {
                scaled(value, 1024.0, &["B", "KiB", "MiB", "GiB"])
            }
            Self::Calls | Self::Sleeps | Self::Preemptions | Self::Allocations => format!("{value:.3}"),
        }
    }
}

/// What L0 does to compare with: where it has no such thing as not waiting, its calls one by one. It never owns a message.
pub(crate) fn baseline(cell: Cell) -> Cell {
    match cell.workload {
        Workload::Stream { size, mode: Mode::Posted } => {
            Cell { workload: Workload::Stream { size, mode: Mode::Awaited }, ..cell }
        }
        Workload::Stream { size, mode: Mode::Lent } => {
            Cell { workload: Workload::Stream { size, mode: Mode::Batched }, ..cell }
        }
        Workload::CancelledReads | Workload::AbortedWrites | Workload::QueuedReads { .. } => {
            Cell { workload: Workload::PingPong { size: crate::role::SMALL }, ..cell }
        }
        _ => cell,
    }
}

fn scaled(value: f64, step: f64, units: &[&str]) -> String {
    let (mut value, mut index) = (value, 0);
    while value.abs() >= step && index + 1 < units.len() {
        value /= step;
        index += 1;
    }
    let digits = if value.abs() >= 100.0 || index == 0 { 0 } else { 2 };
    format!("{value:.digits$} {}", units[index])
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::P99_9 => "p99.9",
            Self::Rate => "by the clock",
            Self::WorkRate => "by processor time",
            Self::Throughput => "by the clock",
            Self::WorkThroughput => "by processor time",
            Self::Heap => "heap each",
            Self::Resident => "resident each",
            Self::ServerExcess => "receiver beyond the message",
            Self::ClientExcess => "sender beyond the message",
            Self::Calls => "system calls",
            Self::Sleeps => "sleeps",
            Self::Preemptions => "preemptions",
            Self::Allocations => "allocations",
        })
    }
}
