//! The command line: many seeds, or one again.

mod crew;
mod failure;

use std::process::ExitCode;
use std::time::Instant;

use bowline_core::Heap;
use clap::Parser;

use crate::{Mark, Marks, Script, Small, attempt};

/// Plays seeds against the reference and checks every invariant after each step.
#[derive(Parser)]
struct Options {
    /// How many seeds to play.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Plays this one alone and shows its script.
    #[arg(long)]
    seed: Option<u64>,
    /// Plays a script that was printed.
    #[arg(long)]
    script: Option<Script>,
    /// How many threads; by default one for each core.
    #[arg(long)]
    jobs: Option<usize>,
    /// Stops at the first failure, as it is.
    #[arg(long)]
    first: bool,
    /// Rare things must have been met this often in a million seeds.
    #[arg(long, default_value_t = 100)]
    rare: u64,
}

/// Runs the simulation as the command line says.
#[must_use]
pub fn main() -> ExitCode {
    let options = Options::parse();
    let one = options.script.clone().or_else(|| options.seed.map(Script::generate));
    match one {
        Some(script) => play_one(&script),
        None => play_many(&options),
    }
}

/// Plays a script on both memories, with the panic and its place if there is one.
fn play_one(script: &Script) -> ExitCode {
    println!("{}\n{script:?}", Script::describe(script.seed));
    let failed = [failure::of::<Heap>(script), failure::of::<Small>(script)];
    for failure in failed.iter().flatten() {
        println!("{failure}");
    }
    match attempt::<Heap>(script) {
        Ok(summary) if failed.iter().all(Option::is_none) => {
            println!("hash {:016x}, 0 failed", summary.hash);
            ExitCode::SUCCESS
        }
        _ => ExitCode::FAILURE,
    }
}

fn play_many(options: &Options) -> ExitCode {
    let started = Instant::now();
    let jobs = options.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let outcome = crew::play(options.from..options.from + options.seeds, jobs, options.first);
    for failure in &outcome.failures {
        println!("{failure}");
    }
    if options.first && !outcome.failures.is_empty() {
        return ExitCode::FAILURE;
    }
    let missed = report_marks(&outcome.marks, outcome.played * options.rare / 1_000_000);
    let rate = u128::from(outcome.played) * 1000 / started.elapsed().as_millis().max(1);
    println!(
        "{} seeds, {} failed, {rate} seeds/s, hash {:016x}",
        outcome.played,
        outcome.failures.len(),
        outcome.hash
    );
    if outcome.failures.is_empty() && !missed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Says how often each rare thing was met; whether one was met too seldom.
fn report_marks(marks: &Marks, least: u64) -> bool {
    let all: Vec<String> = Mark::ALL.iter().map(|&mark| format!("{mark:?} {}", marks.count(mark))).collect();
    println!("met: {}", all.join(", "));
    let seldom: Vec<_> = Mark::ALL.iter().filter(|&&mark| marks.count(mark) < least.max(1)).collect();
    if !seldom.is_empty() {
        println!("met less than {} times: {seldom:?}", least.max(1));
    }
    !seldom.is_empty()
}
