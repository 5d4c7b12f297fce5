//! `bowline ping`: round trips to a server that echoes.

use core::time::Duration;
use std::path::PathBuf;
use std::time::Instant;

use bowline_tokio::{Endpoint, Socket};
use clap::Args;
use humantime::Duration as Span;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::interrupt::Interrupt;
use crate::latency::{self, Latencies, Summary};
use crate::output::Output;
use crate::reach::{self, Wire};
use crate::{Failure, Result, ending, plot, size};

pub(crate) const EXAMPLES: &str = "\
Examples:
  bowline ping local://echo                        until Ctrl-C
  bowline ping tcp://127.0.0.1:4000 -c 5 -s 64k
  bowline ping local://echo -q -c 100000 -i 0s --plot ping.svg
  bowline --json ping local://echo -q -c 1000 -i 0s | jq .latency.p99_ns

The server must echo, as `bowline serve` does. An answer that is not the message sent is wrong data
(exit code 3). Nothing is lost as long as the connection lives; what is called lost is what had no
answer when it ended.";

/// What `ping` is told.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// A server that echoes
    endpoint: Endpoint,

    /// How many round trips; without it, until Ctrl-C
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    /// From one message to the next; 0s is as fast as it goes
    #[arg(long, short, value_name = "TIME", default_value = "1s")]
    interval: Span,

    /// The size of a message
    #[arg(long, short, value_name = "SIZE", default_value = "64", value_parser = size::parse_message)]
    size: u32,

    /// How long to wait for an answer
    #[arg(long, short = 'W', value_name = "TIME", default_value = "10s")]
    deadline: Span,

    /// Draw the distribution of the latencies
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,

    #[command(flatten)]
    wire: Wire,
}

/// What came of it so far.
struct Tally {
    sent: u64,
    latencies: Latencies,
}

/// Measures until there is enough, or Ctrl-C; then says what came of it.
pub(crate) async fn run(options: Options, output: Output, interrupt: Interrupt) -> Result {
    let socket = reach::connect(&options.endpoint, &options.wire, &interrupt).await?;
    let mut tally = Tally { sent: 0, latencies: latency::empty() };
    let measured = tokio::select! {
        biased;
        measured = measure(&socket, &options, &mut tally, output) => measured,
        () = interrupt.first() => Ok(()),
    };
    let closed = ending::close(&socket, options.wire.patience(), output).await;
    report(&options, &tally, measured.is_ok(), output)?;
    if let Some(file) = &options.plot {
        let title =
            format!("{}, {} round trips of {} bytes", options.endpoint, tally.latencies.len(), options.size);
        plot::draw(file, &title, &tally.latencies)?;
    }
    measured.and(closed)
}

async fn measure(socket: &Socket, options: &Options, tally: &mut Tally, output: Output) -> Result {
    let mut ticks = (!options.interval.is_zero()).then(|| interval(options.interval.into()));
    if let Some(ticks) = &mut ticks {
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    while options.count.is_none_or(|count| tally.sent < count) {
        if let Some(ticks) = &mut ticks {
            ticks.tick().await;
        }
        tally.sent += 1;
        let round_trip = timeout(options.deadline.into(), round_trip(socket, tally.sent, options.size));
        let took = round_trip.await.map_err(|_late| late(tally.sent, options.deadline))??;
        latency::record(&mut tally.latencies, took);
        let (number, size) = (tally.sent, options.size);
        let shown = || latency::show(latency::nanoseconds(took) as f64);
        output.detail(
            core::fmt::from_fn(|f| {
                write!(f, "{size} bytes from {}: message {number}, {}", options.endpoint, shown())
            }),
            || json!({"event": "answer", "message": number, "ns": latency::nanoseconds(took)}),
        )?;
    }
    Ok(())
}

fn late(number: u64, deadline: Span) -> Failure {
    Failure::Peer(format!("no answer to message {number} within {deadline}"))
}

async fn round_trip(socket: &Socket, number: u64, size: u32) -> Result<Duration> {
    let message = message(number, size);
    let begin = Instant::now();
    socket.write(message.clone()).await?;
    let answer = socket.read().await?;
    let took = begin.elapsed();
    if answer == message {
        Ok(took)
    } else {
        Err(Failure::Data(format!(
            "the answer to message {number} is another one: this server does not echo"
        )))
    }
}

/// A message that no other one is like, as far as there is room for that.
pub(crate) fn message(number: u64, size: u32) -> Vec<u8> {
    let mut message = vec![0x5A; usize::try_from(size).unwrap_or(usize::MAX)];
    message.iter_mut().zip(number.to_le_bytes()).for_each(|(to, byte)| *to = byte);
    message
}

fn report(options: &Options, tally: &Tally, is_whole: bool, output: Output) -> Result {
    let Tally { sent, latencies } = tally;
    let (received, summary) = (latencies.len(), Summary::of(latencies));
    // After Ctrl-C the one that is under way is nobody's loss.
    let lost = if is_whole { 0 } else { sent - received };
    output.result(
        core::fmt::from_fn(|f| {
            write!(f, "{}: {sent} sent, {received} answered, {lost} lost", options.endpoint)?;
            summary.map_or(Ok(()), |summary| write!(f, "\n{summary}"))
        }),
        || {
            json!({"event": "summary", "endpoint": options.endpoint.to_string(), "size": options.size,
            "sent": sent, "received": received, "lost": lost, "latency": summary})
        },
    )
}
