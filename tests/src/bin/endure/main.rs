//! Endurance trials in large numbers: `endure kills --count 1000`, `endure soak --seconds 3600`.
//!
//! Prints a line for each adapter and transport, and ends with 1 if a trial failed.

mod arguments;
mod children;
#[allow(dead_code, reason = "only sieges look at the peak")]
#[path = "../../heap.rs"]
mod heap;
mod pages;

use std::process::ExitCode;

use arguments::{Arguments, Trial};
use bowline_tests::trials::soak::{Soak, soak};
use bowline_tests::trials::{Report, transport_name};
use clap::Parser;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().collect();
    if let [_program, first, role @ ..] = &words[..]
        && first == "child"
    {
        children::play(role);
        return ExitCode::SUCCESS;
    }
    let arguments = Arguments::parse();
    let report = if arguments.trial == Trial::Soak { soaked(&arguments) } else { tried(&arguments) };
    println!("{} trials, {} failed", report.trials, report.failed);
    if report.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One trial on every adapter and transport that was asked for.
fn tried(arguments: &Arguments) -> Report {
    let mut all = Report::default();
    for setting in arguments.settings() {
        let report = arguments.trial.run(&setting);
        println!("{:<8} {:<4} {report}", setting.place.name, transport_name(setting.transport));
        all.add(report);
    }
    all
}

fn soaked(arguments: &Arguments) -> Report {
    let settings = Soak {
        time: arguments.time(),
        connections: arguments.connections,
        seed: arguments.seed,
        adapter: arguments.adapter.map(|place| place.name),
        program: arguments::program(),
    };
    let report = soak(&settings, |line| println!("{line}"));
    println!("{report}");
    report
}
