//! `bowline inspect`: who is connected to a server, as the server sees it.

use core::fmt;
use core::time::Duration;

use bowline_tokio::{Endpoint, Socket};
use clap::Args;
use humantime::{Duration as Span, format_duration};

use crate::interrupt::Interrupt;
use crate::output::{Output, tame};
use crate::reach::{self, Wire};
use crate::serve::{QUESTION, Snapshot};
use crate::{Failure, Result, ending, size};

pub(crate) const EXAMPLES: &str = "\
Examples:
  bowline serve local://echo --inspect local://echo-view &
  bowline inspect local://echo-view
  bowline inspect local://echo-view --watch 1s
  bowline --json inspect local://echo-view | jq '.connections[].received.queued'

Any program can ask: connect, send the message \"status\", and read the answer, which is JSON.";

/// What `inspect` is told.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The server's endpoint for inspection, as in `serve --inspect ENDPOINT`
    endpoint: Endpoint,

    /// Ask again and again, at this interval, until Ctrl-C
    #[arg(long, value_name = "TIME")]
    watch: Option<Span>,

    #[command(flatten)]
    wire: Wire,
}

/// Asks, and shows the answer.
pub(crate) async fn run(options: Options, output: Output, interrupt: Interrupt) -> Result {
    let socket = reach::connect(&options.endpoint, &options.wire, &interrupt).await?;
    let quiet = Output::new(false, true);
    match reach::unless(&interrupt, look(&socket, &options, output)).await {
        Ok(()) => ending::close(&socket, options.wire.patience(), quiet).await,
        // Whoever watches ends it by Ctrl-C.
        Err(Failure::Interrupted) if options.watch.is_some() => {
            ending::close(&socket, options.wire.patience(), quiet).await
        }
        Err(failure) => Err(failure),
    }
}

async fn look(socket: &Socket, options: &Options, output: Output) -> Result {
    loop {
        let snapshot = ask(socket).await?;
        output.result(&snapshot, || serde_json::json!(snapshot))?;
        let Some(interval) = options.watch else { return Ok(()) };
        tokio::time::sleep(interval.into()).await;
    }
}

async fn ask(socket: &Socket) -> Result<Snapshot> {
    socket.write(QUESTION).await?;
    let answer = socket.read().await?;
    serde_json::from_slice(&answer).map_err(|error| {
        Failure::Data(format!("this is no endpoint for inspection: its answer makes no sense ({error})"))
    })
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.endpoint.as_deref().unwrap_or("a stream");
        writeln!(f, "{}, {} profile, up {}", tame(endpoint), tame(&self.profile), ago(self.uptime_ms))?;
        write!(f, "{} connected, {} undecided, {} accepted", self.clients, self.undecided, self.accepted)?;
        for (reason, count) in &self.refused {
            write!(f, ", {count} refused ({})", tame(reason))?;
        }
        if !self.connections.is_empty() {
            write!(f, "\n{:>6}  {:>10}  {:>28}  {:>28}  peer", "client", "age", "received", "sent")?;
        }
        self.connections.iter().try_for_each(|connection| write!(f, "\n{connection}"))
    }
}

impl fmt::Display for crate::serve::Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (received, sent) = (self.received.to_string(), self.sent.to_string());
        let state = if self.open { "" } else { " (closing)" };
        write!(
            f,
            "{:>6}  {:>10}  {received:>28}  {sent:>28}  {}{state}",
            self.client,
            ago(self.age_ms),
            tame(&self.peer)
        )
    }
}

impl fmt::Display for crate::serve::Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}), {} queued", self.messages, size::show(self.bytes), self.queued)
    }
}

/// To the second, unless it is less than that.
fn ago(milliseconds: u64) -> String {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    let shown = if seconds > 0 { Duration::from_secs(seconds) } else { Duration::from_millis(rest) };
    format_duration(shown).to_string()
}
