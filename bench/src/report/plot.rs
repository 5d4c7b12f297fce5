//! The figures as bars, in SVG.

mod bars;

use std::path::Path;

use plotters::prelude::*;

use crate::Result;
use crate::figure::{Figure, baseline};
use crate::options::Placement;
use crate::order::{Mode, Workload};
use crate::pair::Transport;
use crate::plan::{Cell, Plan};
use crate::record::Records;
use bars::{Bar, Panel};

/// A file's name, a title, and which workloads belong there.
type Picture = (&'static str, &'static str, fn(&Workload) -> bool);

const PICTURES: [Picture; 6] = [
    ("round-trips", "Round trip, p50 as a ratio to bare system calls: shorter is better", |workload| {
        matches!(workload, Workload::PingPong { .. })
    }),
    (
        "streaming-awaited",
        "Messages a second, each awaited, as a ratio to bare system calls: longer is better",
        |workload| matches!(workload, Workload::Stream { mode: Mode::Awaited, .. }),
    ),
    (
        "streaming",
        "Messages a second, nobody waits, as a ratio to a system call each: longer is better",
        |workload| matches!(workload, Workload::Stream { mode: Mode::Posted, .. }),
    ),
    (
        "streaming-batched",
        "Messages a second, batched, as a ratio to bare system calls of 256 KiB: longer is better",
        |workload| matches!(workload, Workload::Stream { mode: Mode::Batched, .. }),
    ),
    (
        "clients",
        "Many clients at once, as a ratio to a hand-written epoll loop: longer is better",
        |workload| matches!(workload, Workload::Crowd { .. }),
    ),
    ("memory", "Resident bytes of the server for each idle connection: shorter is better", |workload| {
        matches!(workload, Workload::Idle { .. })
    }),
];

/// Draws what was measured on one core, Unix sockets and TCP apart.
pub(crate) fn draw(plan: &Plan, records: &Records, machine: &str, folder: &Path) -> Result {
    for (name, title, belongs) in PICTURES {
        for (transport, suffix) in [(Transport::Unix, ""), (Transport::Tcp, "-tcp")] {
            let is_shown = |cell: &&Cell| {
                belongs(&cell.workload)
                    && cell.transport == transport
                    && cell.placement == Placement::Same
                    && !cell.counted
            };
            let panels: Vec<_> =
                plan.cells.iter().filter(is_shown).map(|cell| panel(plan, records, *cell)).collect();
            if !panels.is_empty() {
                picture(&folder.join(format!("{name}{suffix}.svg")), title, machine, &panels)?;
            }
        }
    }
    Ok(())
}

fn picture(file: &Path, title: &str, machine: &str, panels: &[Panel]) -> Result {
    let height = panels.iter().map(Panel::height).sum::<i32>() + 2 * bars::LINE + bars::GAP;
    let root = SVGBackend::new(file, (bars::WIDTH.unsigned_abs(), height.unsigned_abs())).into_drawing_area();
    root.fill(&WHITE)?;
    root.draw(&Text::new(title.to_owned(), (bars::GAP, bars::GAP), ("sans-serif", 17).into_font()))?;
    let mut top = 2 * bars::LINE;
    for panel in panels {
        panel.draw(&root, top)?;
        top += panel.height();
    }
    let small = ("sans-serif", 11).into_font().color(&BLACK.mix(0.6));
    root.draw(&Text::new(machine.to_owned(), (bars::GAP, top), small))?;
    Ok(root.present()?)
}

/// Everybody's bar in one workload.
fn panel(plan: &Plan, records: &Records, cell: Cell) -> Panel {
    let figure = Figure::all_of(cell)[0];
    let bar = |contender: &'static str| {
        let absolute = records.absolute(cell, contender, figure)?;
        let shown = figure.show(absolute.median());
        if !figure.is_compared() {
            return Some(Bar { contender, length: absolute, shown });
        }
        let length = records.ratio(cell, contender, (baseline(cell), "l0"), figure)?;
        let shown = format!("{:.2} · {shown}", length.median());
        Some(Bar { contender, length, shown })
    };
    Panel { title: cell.to_string(), bars: plan.contenders(cell).filter_map(bar).collect() }
}
