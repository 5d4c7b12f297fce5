//! Every figure of every round, for whoever wants to look for himself.

use std::fs::File;
use std::path::Path;

use csv::Writer;

use crate::Result;
use crate::figure::{Figure, baseline};
use crate::pair::Ending;
use crate::record::{Record, Records};

/// Writes them to a file.
pub(crate) fn write(records: &Records, file: &Path) -> Result {
    let mut writer = Writer::from_path(file)?;
    writer.write_record([
        "round",
        "workload",
        "counted",
        "transport",
        "placement",
        "contender",
        "figure",
        "value",
        "to_l0",
    ])?;
    for record in &records.all {
        if let Ending::Measured(measured) = &record.ending {
            for figure in Figure::all_of(record.cell) {
                if let Some(value) = figure.of(measured) {
                    write_one(&mut writer, records, record, *figure, value)?;
                }
            }
        }
    }
    Ok(writer.flush()?)
}

fn write_one(
    writer: &mut Writer<File>,
    records: &Records,
    record: &Record,
    figure: Figure,
    value: f64,
) -> Result {
    let cell = record.cell;
    let base = records.values(baseline(cell), "l0", figure).get(&record.round).copied();
    let ratio = base.filter(|_| figure.is_compared()).map(|base| format!("{:.4}", value / base));
    let row = [
        record.round.to_string(),
        cell.workload.to_string(),
        cell.counted.to_string(),
        format!("{:?}", cell.transport),
        format!("{:?}", cell.placement),
        record.contender.to_owned(),
        figure.to_string(),
        format!("{value:.4}"),
        ratio.unwrap_or_default(),
    ];
    Ok(writer.write_record(row)?)
}
