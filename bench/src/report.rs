//! What is shown of the figures.

mod csv;
mod plot;
mod table;
mod targets;

use std::fs;
use std::path::Path;

use crate::plan::Plan;
use crate::record::Records;
use crate::{Result, machine};

/// Prints tables and targets, and writes the figures and the plots to a folder.
pub(crate) fn make(plan: &Plan, records: &Records, folder: &Path) -> Result {
    let machine = machine::describe();
    table::print(plan, records);
    targets::print(records);
    fs::create_dir_all(folder)?;
    csv::write(records, &folder.join("figures.csv"))?;
    plot::draw(plan, records, &machine, folder)?;
    println!("\n{machine}; figures and plots are in {}", folder.display());
    Ok(())
}
