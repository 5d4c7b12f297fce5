//! Who takes part in what.

use super::{Cell, Extent, Plan};
use crate::contender;
use crate::options::Options;
use crate::order::Workload;

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
pub(super) fn asked(options: &Options) -> Vec<&'static str> {
    let asked = |name: &str| match &options.contenders[..] {
        [] => options.full || !RARE.contains(&name),
        beginnings => beginnings.iter().any(|beginning| name.starts_with(beginning)),
    };
    let names = contender::ALL.iter().map(|entry| entry.name);
    names.enumerate().filter(|(index, name)| *index == 0 || asked(name)).map(|(_, name)| name).collect()
}

impl Plan {
    /// Who takes part in a cell, in the order of tables.
    pub(crate) fn contenders(&self, cell: Cell) -> impl Iterator<Item = &'static str> {
        let is_quick = self.extent == Extent::Quick;
        self.contenders.iter().copied().filter(move |contender| !is_quick || tells_much(contender, cell))
    }
}

/// Whether three minutes have room for it.
fn tells_much(contender: &str, cell: Cell) -> bool {
    let is_ours = contender == "l0" || contender.starts_with("bowline");
    match cell.workload {
        Workload::PingPong { .. } if !cell.counted => true,
        // How the main thread waits is seen in round trips.
        _ if contender.ends_with("-main") => false,
        // Seconds each.
        Workload::Large { size } => size < 1 << 30 || is_ours,
        // What peers have nothing for.
        Workload::AbortedWrites | Workload::QueuedReads { .. } => is_ours,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    /// Whatever is asked for, each cell has what the others are divided by, and somebody beside it.
    #[test]
    fn l0_and_others_are_in_each_cell() {
        for arguments in
            [&["--quick"][..], &["--full"], &["--transport", "tcp"], &["--contenders", "nobody,zeromq"]]
        {
            let plan = Plan::new(&Options::parse_from([&["bench"], arguments].concat())).expect("a plan");
            for cell in &plan.cells {
                let contenders: Vec<_> = plan.contenders(*cell).collect();
                assert_eq!(contenders[0], "l0", "{cell}, {arguments:?}");
                assert!(contenders.len() > 1, "{cell}, {arguments:?}");
            }
        }
    }
}
