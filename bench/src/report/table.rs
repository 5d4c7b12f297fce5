//! The figures as tables on the terminal.

use comfy_table::{Table, presets};

use crate::figure::{Figure, baseline};
use crate::plan::{Cell, Plan};
use crate::record::{Records, Spread};

/// Prints a table for each workload: medians, and their ratios to L0 with the least and the most of all rounds.
pub(crate) fn print(plan: &Plan, records: &Records) {
    for &cell in &plan.cells {
        let figures = Figure::all_of(cell);
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        table.set_header(core::iter::once(String::new()).chain(figures.iter().map(ToString::to_string)));
        let has_figures = |contender: &&str| records.absolute(cell, contender, figures[0]).is_some();
        for contender in plan.contenders(cell).filter(has_figures) {
            let values = figures.iter().map(|figure| show(records, cell, contender, *figure));
            table.add_row(core::iter::once(contender.to_owned()).chain(values));
        }
        println!("\n{cell}\n{table}");
    }
}

/// A median and its ratio.
fn show(records: &Records, cell: Cell, contender: &str, figure: Figure) -> String {
    let Some(absolute) = records.absolute(cell, contender, figure) else { return "–".to_owned() };
    let absolute = figure.show(absolute.median());
    let ratio = records.ratio(cell, contender, (baseline(cell), "l0"), figure);
    match ratio.filter(|_| figure.is_compared() && contender != "l0") {
        Some(ratio) => format!("{absolute:>9}  ×{}", show_spread(&ratio)),
        None => format!("{absolute:>9}"),
    }
}

/// A ratio's median, least and most.
pub(super) fn show_spread(spread: &Spread) -> String {
    format!("{:.2} ({:.2}–{:.2})", spread.median(), spread.least(), spread.most())
}
