//! Does the cost of a message grow with what else there is?

use super::crowd::connect_all;
use super::ping::Laps;
use super::{SMALL, message, trip};
use crate::Result;
use crate::contender::{Connection, Contender};
use crate::order::{Address, Length};
use crate::said::Outcome;

/// Round trips on one connection after the other.
pub(super) async fn rotate<C: Contender>(
    address: &Address,
    connections: usize,
    length: Length,
) -> Result<Outcome> {
    let (mut connections, message) = (connect_all::<C>(address, connections).await?, message(SMALL));
    for connection in &mut connections {
        trip(connection, &message).await?;
    }
    let (mut laps, mut next) = (Laps::start(length)?, 0);
    while laps.go_on() {
        trip(&mut connections[next], &message).await?;
        laps.finish()?;
        next = (next + 1) % connections.len();
    }
    core::mem::forget(connections);
    laps.outcome(SMALL)
}

/// Round trips while so many reads wait, of which the first gets the answer.
pub(super) async fn queue_reads<C: Contender>(
    address: &Address,
    reads: usize,
    length: Length,
) -> Result<Outcome> {
    let (mut connection, message) = (C::connect(address).await?, message(SMALL));
    connection.queue_reads(reads)?;
    let mut laps = Laps::start(length)?;
    while laps.go_on() {
        trip(&mut connection, &message).await?;
        laps.finish()?;
    }
    laps.outcome(SMALL)
}
