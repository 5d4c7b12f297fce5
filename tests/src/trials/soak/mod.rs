//! A long run of many connections: does anything get lost, and does memory grow?
//!
//! Two processes, a server and a client, hold connections of all adapters, half over Unix sockets and half over TCP. This
//! process watches both.

mod client;
mod line;
mod memory;
mod server;
mod tally;
mod watched;

use core::time::Duration;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use bowline_runtime::Config;

use super::Report;
use super::child::{Doomed, Output};
use crate::Directory;
use crate::watchdog::PATIENCE;
pub use client::play as play_client;
pub use server::play as play_server;
use tally::{Count, Said, Tally};
use watched::Watched;

/// What is to be soaked, and for how long.
#[derive(Clone, Debug)]
pub struct Soak {
    /// How long.
    pub time: Duration,
    /// How many connections there are at any moment.
    pub connections: usize,
    /// What determines what each client does.
    pub seed: u64,
    /// Only on the adapter of this name, or on all.
    pub adapter: Option<&'static str>,
    /// The program `endure`.
    pub program: PathBuf,
}

/// How often memory is measured.
const SAMPLE: Duration = Duration::from_secs(2);
/// How often a line is printed.
const LINE: Duration = Duration::from_secs(60);
/// Memory that grows so fast, in MiB an hour, fails the run.
const MOST_SLOPE: f64 = 1.0;
/// In a shorter run growth is not judged: much of it is warm-up.
const JUDGED: Duration = Duration::from_secs(1800);

/// Runs it, and tells `print` how it stands every minute.
///
/// # Panics
/// When a process can't be started.
#[must_use]
pub fn soak(soak: &Soak, mut print: impl FnMut(String)) -> Report {
    let directory = Directory::new();
    let path = directory.path().to_string_lossy();
    let mut server = Doomed::spawn(&soak.program, &["soak-server", soak.adapter.unwrap_or("all"), &path]);
    let mut lines = server.lines();
    let arguments = [vec!["soak-client".to_owned(), soak.connections.to_string(), soak.seed.to_string()]];
    let arguments = [arguments.concat(), listening(&mut lines)].concat();
    let mut client = Doomed::spawn(&soak.program, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let client_lines = client.lines();
    let mut watched = [Watched::new(client, client_lines), Watched::new(server, lines)];
    watch(soak, &mut watched, &mut print);
    let ends = watched.each_mut().map(Watched::dismiss);
    judge(soak, &watched, ends)
}

/// Where the server listens, as the client's arguments.
fn listening(lines: &mut Output) -> Vec<String> {
    let lines = lines.map_while(Result::ok).take_while(|line| line != "ready");
    let argument = |line: String| Some(line.strip_prefix("listening ")?.replacen(' ', "=", 1));
    lines.filter_map(argument).collect()
}

fn watch(soak: &Soak, watched: &mut [Watched; 2], print: &mut dyn FnMut(String)) {
    let (start, mut next) = (Instant::now(), LINE);
    while start.elapsed() < soak.time {
        thread::sleep(SAMPLE.min(soak.time.saturating_sub(start.elapsed())));
        watched.iter_mut().for_each(|process| process.sample(start.elapsed()));
        if start.elapsed() >= next {
            next += LINE;
            print(format!("{:>6} s  {}", start.elapsed().as_secs(), standing(watched)));
        }
    }
}

fn standing([client, server]: &[Watched; 2]) -> String {
    let counts = client.counts().plus(server.counts());
    format!("{counts}, MiB of client {}, of server {}", client.occupied(), server.occupied())
}

fn judge(soak: &Soak, watched: &[Watched; 2], ends: [Result<(), String>; 2]) -> Report {
    let mut report = Report::default();
    let counts = watched.each_ref().map(Watched::counts);
    report.count(if counts.iter().all(|counts| counts.of(Count::Messages) > 0) {
        Ok(())
    } else {
        Err("no messages".to_owned())
    });
    for ((process, counts), end) in watched.iter().zip(counts).zip(ends) {
        report.count(end);
        report.count(if counts.wrong() == 0 { Ok(()) } else { Err(counts.to_string()) });
        let slope = process.resident.slope();
        report.figure(
            "slope in MiB/h",
            format!("{slope:.2} resident, {:.2} of its heap", process.held.slope()),
        );
        if soak.time >= JUDGED && slope >= MOST_SLOPE {
            report.fail(format!("memory grows by {slope:.2} MiB an hour"));
        }
    }
    report.figure("in all", standing(watched));
    report
}

/// Long enough that nothing depends on how busy the machine is.
fn settings() -> Config {
    Config::new()
        .handshake_timeout(PATIENCE)
        .decision_timeout(PATIENCE)
        .progress_timeout(PATIENCE)
        .close_timeout(PATIENCE)
        .linger(PATIENCE)
}

/// Prints the counts again and again; the process ends meanwhile.
fn print_counts(tally: &Tally, held: fn() -> usize) {
    loop {
        thread::sleep(Duration::from_millis(500));
        println!("{}", Said::now(tally, held));
    }
}
