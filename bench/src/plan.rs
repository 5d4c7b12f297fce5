//! What is measured in a run.

mod contenders;
mod estimate;
mod workloads;

use core::fmt;
use core::time::Duration;

use anyhow::ensure;

use crate::Result;
use crate::options::{Options, Placement};
use crate::order::Workload;
use crate::pair::Transport;

/// Everything that a round measures, for everybody.
pub(crate) struct Plan {
    contenders: Vec<&'static str>,
    pub(crate) cells: Vec<Cell>,
    pub(crate) rounds: u32,
    /// So much time all rounds may take; the first is always run.
    pub(crate) budget: Duration,
    pub(crate) nice: i32,
    length: Duration,
    extent: Extent,
}

/// How much of what could be measured is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Extent {
    /// What the targets are about, as far as it fits into three minutes.
    Quick,
    /// Whatever somebody has named.
    Named,
    Full,
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
        let contenders = contenders::asked(options);
        ensure!(contenders.len() > 1, "there is nobody to compare with l0");
        let cells = workloads::cells(options);
        ensure!(!cells.is_empty(), "there is nothing of that over this transport");
        let (rounds, milliseconds, seconds) = if options.full { (7, 220, 58 * 60) } else { (3, 70, 180) };
        let rounds = options.rounds.unwrap_or(rounds);
        let plan = Self {
            contenders,
            cells,
            rounds,
            budget: Duration::from_secs(seconds),
            nice: options.nice,
            length: Duration::from_millis(options.milliseconds.unwrap_or(milliseconds)),
            extent: Extent::of(options),
        };
        // No round is empty.
        let most = plan.cells.iter().map(|cell| plan.rounds_of(*cell)).max();
        Ok(Self { rounds: rounds.min(most.unwrap_or(rounds)), ..plan })
    }

    /// What is measured in a round.
    pub(crate) fn cells_of(&self, round: u32) -> impl Iterator<Item = Cell> {
        self.cells.iter().copied().filter(move |cell| round < self.rounds_of(*cell))
    }

    /// Memory and counts hardly differ from round to round, and take long.
    fn rounds_of(&self, cell: Cell) -> u32 {
        let is_steady =
            cell.counted || matches!(cell.workload, Workload::Idle { .. } | Workload::Large { .. });
        match self.extent {
            Extent::Quick if is_steady => 1,
            Extent::Full if is_steady => 3,
            _ => u32::MAX,
        }
    }

    /// How long something is measured. Many connections take a while to be warm.
    pub(crate) fn length(&self, cell: Cell) -> Duration {
        match cell.workload {
            Workload::Crowd { clients } | Workload::Rotation { connections: clients } if clients >= 1000 => {
                self.length * 4
            }
            _ => self.length,
        }
    }
}

impl Extent {
    fn of(options: &Options) -> Self {
        match options {
            Options { full: true, .. } => Self::Full,
            Options { contenders, only, .. } if contenders.is_empty() && only.is_empty() => Self::Quick,
            _ => Self::Named,
        }
    }
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
