//! `bowline bench`: loads a server that echoes, and measures.

mod client;
mod files;
mod pacer;
mod table;

use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use bowline_tokio::Endpoint;
use clap::Args;
use humantime::Duration as Span;
use serde_json::json;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval_at};

use crate::interrupt::Interrupt;
use crate::latency::Summary;
use crate::output::Output;
use crate::reach::{self, Wire};
use crate::{Failure, Result, plot, size};
use client::{Client, Count, Plan};
use files::Files;
use pacer::{Pacer, Schedule};
use table::Table;

pub(crate) const EXAMPLES: &str = "\
Examples:
  bowline bench local://echo                               one client, one message after the other
  bowline bench local://echo --clients 8 --depth 16 --size 1k --duration 30s
  bowline bench tcp://127.0.0.1:4000 --rate 20000 --hdr load.hlog --csv load.csv --plot load.svg
  bowline --json bench local://echo --duration 5s | jq .messages_per_second

Without --rate a client sends whenever fewer than --depth of its messages are under way: what is
measured is how fast it goes. With --rate the messages are due at fixed times, whatever became of
those before, and a latency counts from when the message was due: what is measured is how long users
wait at that load. --hdr writes an HdrHistogram log (V2, compressed, in nanoseconds), an interval a
second.";

/// What `bench` is told.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// A server that echoes
    endpoint: Endpoint,

    /// How many connections
    #[arg(long, short, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    clients: u32,

    /// The size of a message
    #[arg(long, short, value_name = "SIZE", default_value = "64", value_parser = size::parse_message)]
    size: u32,

    /// Messages a second, all clients together; without it, as fast as it goes
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,

    /// How many messages of a client may be under way; without it 1, and with --rate 1024
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    depth: Option<u32>,

    /// How long to measure
    #[arg(long, short, value_name = "TIME", default_value = "10s")]
    duration: Span,

    /// How long to load the server before that
    #[arg(long, value_name = "TIME", default_value = "1s")]
    warmup: Span,

    /// Write a line of figures for each second
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,

    /// Write an HdrHistogram log
    #[arg(long, value_name = "FILE")]
    hdr: Option<PathBuf>,

    /// Draw the distribution of the latencies
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,

    #[command(flatten)]
    wire: Wire,
}

impl Options {
    fn plan(&self) -> Plan {
        let begin = Instant::now();
        let schedule = self.rate.map(|rate| Schedule { begin, rate, clients: self.clients });
        let depth = self.depth.unwrap_or(if schedule.is_some() { 1024 } else { 1 });
        Plan { size: self.size, schedule, depth, patience: self.wire.patience() }
    }
}

/// Loads the server for the time that was asked for, or until Ctrl-C.
pub(crate) async fn run(options: Options, output: Output, interrupt: Interrupt) -> Result {
    let mut files = Files::open(options.hdr.as_deref(), options.csv.as_deref())?;
    let clients = connect_all(&options, &interrupt).await?;
    let _pacer = start_pacer(&clients)?;
    let mut table = Table::new(output, &options);
    let ended = load(&clients, &options, &mut table, &mut files, &interrupt).await;
    files.end()?;
    let total = table.finish();
    report(&options, &total, output)?;
    if let Some(file) = &options.plot {
        let (endpoint, messages) = (&options.endpoint, total.latencies.len());
        let title = format!("{endpoint}, {messages} messages of {} bytes", options.size);
        plot::draw(file, &title, &total.latencies)?;
    }
    ended
}

/// Runs the clients, until the time is up, Ctrl-C, or one of them fails.
async fn load(
    clients: &[Arc<Client>],
    options: &Options,
    table: &mut Table,
    files: &mut Files,
    interrupt: &Interrupt,
) -> Result {
    let mut running = JoinSet::new();
    clients.iter().for_each(|client| drop(running.spawn(Arc::clone(client).run())));
    let mut ended = tokio::select! {
        watched = watch(clients, options, table, files) => watched,
        () = interrupt.first() => collect(clients, table, files),
        Some(early) = running.join_next() => how_it_ended(early).and(collect(clients, table, files)),
    };
    clients.iter().for_each(|client| client.stop());
    while let Some(end) = running.join_next().await {
        ended = ended.and(how_it_ended(end));
    }
    ended
}

fn how_it_ended(end: core::result::Result<Result, JoinError>) -> Result {
    end.unwrap_or_else(|panic| Err(Failure::Local(panic.to_string())))
}

async fn connect_all(options: &Options, interrupt: &Interrupt) -> Result<Vec<Arc<Client>>> {
    let mut sockets = Vec::new();
    for _client in 0..options.clients {
        sockets.push(reach::connect(&options.endpoint, &options.wire, interrupt).await?);
    }
    // The schedule begins once all are there.
    let plan = options.plan();
    let client = |(number, socket)| Arc::new(Client::new(socket, plan, number));
    Ok((0..).zip(sockets).map(client).collect())
}

fn start_pacer(clients: &[Arc<Client>]) -> Result<Option<Pacer>> {
    let Some(schedule) = clients.first().and_then(|client| client.schedule()) else { return Ok(None) };
    let dues = clients.iter().map(|client| client.due()).collect();
    Pacer::start(schedule, dues).map(Some).map_err(Failure::local("can't start a thread"))
}

/// Collects the figures once a second.
async fn watch(clients: &[Arc<Client>], options: &Options, table: &mut Table, files: &mut Files) -> Result {
    tokio::time::sleep(options.warmup.into()).await;
    drop(take_all(clients));
    let begin = Instant::now();
    table.begin(begin);
    let end = begin + Duration::from(options.duration);
    let mut ticks = interval_at((begin + table::INTERVAL).into(), table::INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // The last interval may be half as long again, rather than followed by one that says nothing.
        let is_followed = Instant::now() + table::INTERVAL * 3 / 2 <= end;
        let is_last = tokio::select! {
            () = tokio::time::sleep_until(end.into()) => true,
            _ = ticks.tick(), if is_followed => false,
        };
        collect(clients, table, files)?;
        if is_last {
            return Ok(());
        }
    }
}

/// Takes the figures since the last time.
fn collect(clients: &[Arc<Client>], table: &mut Table, files: &mut Files) -> Result {
    let count = take_all(clients);
    files.interval(table.since(), table.last(), &count)?;
    table.show(count);
    Ok(())
}

fn take_all(clients: &[Arc<Client>]) -> Count {
    let mut sum = Count::default();
    clients.iter().for_each(|client| sum.add(&client.take()));
    sum
}

fn report(options: &Options, total: &table::Total, output: Output) -> Result {
    let summary = Summary::of(&total.latencies);
    output.result(total, || {
        json!({
            "event": "summary",
            "endpoint": options.endpoint.to_string(),
            "clients": options.clients,
            "size": options.size,
            "rate": options.rate,
            "seconds": total.seconds,
            "messages": total.latencies.len(),
            "messages_per_second": total.rate(),
            "bytes_per_second": total.rate() * f64::from(options.size),
            "latency": summary,
        })
    })
}
