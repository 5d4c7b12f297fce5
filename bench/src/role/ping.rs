//! Round trips, and what may happen beside them.

use std::time::Instant;

use bytes::Bytes;
use hdrhistogram::Histogram;

use super::{SMALL, message, trip};
use crate::Result;
use crate::contender::{Connection, Contender};
use crate::order::{Address, Length};
use crate::pace::{Pace, Phase};
use crate::said::{Latency, Outcome, histogram};

/// A message that is long enough to be stopped half-way.
const LONG: usize = 4 << 20;

/// Sends everything back to one client after the other, for ever.
pub(super) async fn echo<C: Contender>(mut listener: C::Listener) -> Result {
    loop {
        let mut connection = C::accept(&mut listener).await?;
        while connection.echo().await? {}
        connection.farewell().await?;
    }
}

/// One round trip after the other.
pub(super) async fn ping<C: Contender>(address: &Address, size: usize, length: Length) -> Result<Outcome> {
    let (mut connection, message) = (C::connect(address).await?, message(size));
    let mut laps = Laps::start(length)?;
    while laps.go_on() {
        trip(&mut connection, &message).await?;
        laps.finish()?;
    }
    laps.outcome(size)
}

/// The same with a read that is given up before each.
pub(super) async fn ping_cancelling<C: Contender>(address: &Address, length: Length) -> Result<Outcome> {
    let (mut connection, message) = (C::connect(address).await?, message(SMALL));
    let mut laps = Laps::start(length)?;
    while laps.go_on() {
        connection.cancel_receive().await?;
        trip(&mut connection, &message).await?;
        laps.finish()?;
    }
    laps.outcome(SMALL)
}

/// The same with a long write that is given up before each. Nothing of it comes back.
pub(super) async fn ping_aborting<C: Contender>(address: &Address, length: Length) -> Result<Outcome> {
    let mut connection = C::connect(address).await?;
    let (long, message) = (message(LONG), message(SMALL));
    let mut laps = Laps::start(length)?;
    while laps.go_on() {
        if !connection.abort_send(&long).await? {
            // It was gone before it could be given up, and comes back.
            connection.receive().await?;
        }
        trip(&mut connection, &message).await?;
        laps.finish()?;
    }
    laps.outcome(SMALL)
}

/// A whole connection after the other, with one round trip each.
pub(super) async fn farewell<C: Contender>(address: &Address, length: Length) -> Result<Outcome> {
    let message = message(SMALL);
    let mut laps = Laps::start(length)?;
    while laps.go_on() {
        whole_connection::<C>(address, &message).await?;
        laps.finish()?;
    }
    laps.outcome(SMALL)
}

async fn whole_connection<C: Contender>(address: &Address, message: &Bytes) -> Result {
    let mut connection = C::connect(address).await?;
    trip(&mut connection, message).await?;
    connection.farewell().await
}

/// Measures how long each of many things takes.
pub(super) struct Laps {
    pace: Pace,
    phase: Phase,
    started: Instant,
    histogram: Histogram<u64>,
}

impl Laps {
    pub(super) fn start(length: Length) -> Result<Self> {
        let (pace, histogram) = (Pace::start(length), histogram()?);
        Ok(Self { pace, phase: Phase::WarmUp, started: Instant::now(), histogram })
    }

    /// Begins a lap, unless there were enough.
    pub(super) fn go_on(&mut self) -> bool {
        self.phase = self.pace.phase(self.histogram.len());
        self.started = Instant::now();
        self.phase != Phase::Over
    }

    pub(super) fn finish(&mut self) -> Result {
        if self.phase == Phase::Measured {
            self.histogram.record(u64::try_from(self.started.elapsed().as_nanos())?)?;
        }
        Ok(())
    }

    pub(super) fn outcome(&self, size: usize) -> Result<Outcome> {
        let latency = Some(Latency::of(&self.histogram));
        Ok(Outcome { latency, ..self.pace.outcome(self.histogram.len(), size) })
    }
}
