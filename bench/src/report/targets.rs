//! What bowline has set out to reach, and whether it has.

mod list;

use core::fmt;

use comfy_table::{Table, presets};

use super::table::show_spread;
use crate::figure::{Figure, baseline};
use crate::options::Placement;
use crate::order::Workload;
use crate::pair::Transport;
use crate::plan::Cell;
use crate::record::{Records, Spread};

/// One promise about one contender.
pub(crate) struct Target {
    /// What the best peer has, as published before.
    peer: &'static str,
    contender: &'static str,
    cell: Cell,
    figure: Figure,
    against: Against,
    bound: Bound,
}

/// What the figure is divided by.
#[derive(Clone, Copy, PartialEq)]
enum Against {
    /// What L0 has in the same round.
    L0,
    /// Nothing.
    Nothing,
    /// What the contender itself has in another workload.
    Itself(Workload),
}

#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// Prints the targets with what was measured beside them; what was not measured in this run is left out.
pub(crate) fn print(records: &Records) {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["target", "who", "figure", "best peer before", "target", "measured", ""]);
    let (mut met, mut missed) = (0, 0);
    for target in list::all() {
        let Some(measured) = target.measured(records) else { continue };
        let is_met = target.bound.holds(measured.median());
        if is_met {
            met += 1;
        } else {
            missed += 1;
        }
        table.add_row(target.row(records, &measured, is_met));
    }
    if met + missed > 0 {
        println!("\nTargets on one core: {met} met, {missed} missed\n{table}");
    }
}

impl Target {
    fn measured(&self, records: &Records) -> Option<Spread> {
        let against =
            |cell, contender| records.ratio(self.cell, self.contender, (cell, contender), self.figure);
        match self.against {
            Against::L0 => against(baseline(self.cell), "l0"),
            Against::Itself(workload) => against(Cell { workload, ..self.cell }, self.contender),
            Against::Nothing => records.absolute(self.cell, self.contender, self.figure),
        }
    }

    /// What stands beside it: the best peer's, or how L0 itself grows.
    fn beside(&self, records: &Records) -> String {
        let l0 = Self { contender: "l0", ..*self };
        match (self.against, l0.measured(records)) {
            (Against::Itself(_), Some(growth)) => format!("l0 {}", show_spread(&growth)),
            _ => self.peer.to_owned(),
        }
    }

    fn row(&self, records: &Records, measured: &Spread, is_met: bool) -> [String; 7] {
        let shown = match self.against {
            Against::Nothing => self.figure.show(measured.median()),
            _ => show_spread(measured),
        };
        let what = if self.cell.transport == Transport::Tcp {
            format!("{}, TCP", self.cell.workload)
        } else {
            self.cell.workload.to_string()
        };
        let bound = self.bound.show(self.figure, self.against);
        let verdict = if is_met { "met" } else { "MISSED" };
        let [contender, figure, verdict] =
            [self.contender, &self.figure.to_string(), verdict].map(str::to_owned);
        [what, contender, figure, self.beside(records), bound, shown, verdict]
    }
}

impl Bound {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }

    fn show(self, figure: Figure, against: Against) -> String {
        let (sign, value) = match self {
            Self::AtMost(most) => ("≤", most),
            Self::AtLeast(least) => ("≥", least),
        };
        match against {
            Against::Nothing => format!("{sign} {}", figure.show(value)),
            Against::L0 => format!("{sign} {value}"),
            Against::Itself(_) => format!("{sign} {value} of {against}"),
        }
    }
}

impl fmt::Display for Against {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::L0 => f.write_str("l0"),
            Self::Nothing => f.write_str("nothing"),
            Self::Itself(Workload::Rotation { connections }) => write!(f, "{connections}"),
            Self::Itself(Workload::QueuedReads { reads }) => write!(f, "{reads}"),
            Self::Itself(workload) => write!(f, "{workload}"),
        }
    }
}

/// On a Unix socket and one core.
fn cell(workload: Workload) -> Cell {
    Cell { workload, transport: Transport::Unix, placement: Placement::Same, counted: false }
}
