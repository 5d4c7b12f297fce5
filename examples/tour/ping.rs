//! Round trips: a message of 64 bytes there and back, one after the other.

use std::time::Instant;

use bowline_tokio::Socket;
use hdrhistogram::Histogram;

use crate::Failure;
use crate::envelope::{Envelope, HEADER_LENGTH, Kind};
use crate::exchange::close;
use crate::plan::Direction;
use crate::tally::Tally;

/// Not measured: caches and branch predictors learn meanwhile.
const WARM_UP: u32 = 1_000;

/// How long a round trip took, in nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RoundTrips {
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) p99_9: u64,
    pub(crate) max: u64,
}

/// The client's side; yields the line for the host.
pub(crate) async fn measure(socket: &Socket, client: u32, round_trips: u32) -> Result<String, Failure> {
    let mut histogram = Histogram::<u64>::new_with_bounds(1, 60_000_000_000, 3)?;
    let mut tally = Tally::default();
    for number in 0..WARM_UP + round_trips {
        let envelope = Envelope { client, direction: Direction::Up, kind: Kind::Ping, number: number.into() };
        let ping = envelope.seal(64 - HEADER_LENGTH, |message| message.resize(64, 0xB0));
        let started = Instant::now();
        socket.write(ping.clone()).await?;
        let pong = socket.read().await?;
        let nanoseconds = u64::try_from(started.elapsed().as_nanos())?;
        if number >= WARM_UP {
            histogram.record(nanoseconds)?;
        }
        tally.partial += u64::from(pong != ping);
    }
    close(socket, &mut tally).await?;
    let [p50, p99, p99_9] = [0.5, 0.99, 0.999].map(|quantile| histogram.value_at_quantile(quantile));
    Ok(format!("{tally} {p50} {p99} {p99_9} {}", histogram.max()))
}

impl RoundTrips {
    /// Reads the end of the client's line.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut numbers = line.split_whitespace().rev().map_while(|number| number.parse().ok());
        let (max, p99_9, p99, p50) = (numbers.next()?, numbers.next()?, numbers.next()?, numbers.next()?);
        Some(Self { p50, p99, p99_9, max })
    }
}

/// The server's side: sends everything back until the client closes.
pub(crate) async fn echo(socket: &Socket) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    while let Ok(message) = socket.read().await {
        socket.write(message).await?;
    }
    close(socket, &mut tally).await?;
    Ok(tally)
}

impl core::fmt::Display for RoundTrips {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let [p50, p99, p99_9, max] =
            [self.p50, self.p99, self.p99_9, self.max].map(|time| time as f64 / 1000.0);
        write!(f, "p50 {p50:.1} µs, p99 {p99:.1} µs, p99.9 {p99_9:.1} µs, max {max:.0} µs")
    }
}
