//! Many clients at the same time, as the contender's own tasks or threads.

use core::time::Duration;
use std::thread;

use bytes::Bytes;
use smol::channel;

use super::{SMALL, message, trip};
use crate::Result;
use crate::contender::{Connection, Contender};
use crate::order::{Address, Length};
use crate::pace::{Pace, Phase};
use crate::said::Outcome;

/// In this time whatever the connections' beginning has set in motion comes to rest. Nothing depends on it but how idle
/// an idle process is.
pub(crate) const REST: Duration = Duration::from_millis(300);

/// Sends everything back to everybody, for ever.
pub(crate) async fn serve<C: Contender>(mut listener: C::Listener) -> Result {
    loop {
        let mut connection = C::accept(&mut listener).await?;
        C::spawn(async move { while connection.echo().await.unwrap_or(false) {} });
    }
}

/// So many clients, each of which asks again once it was answered.
pub(crate) async fn ask<C: Contender>(address: Address, clients: usize, length: Length) -> Result<Outcome> {
    let mut connections = connect_all::<C>(&address, clients).await?;
    let (counts, finished) = channel::unbounded();
    let (pace, message) = (Pace::start(length), message(SMALL));
    for mut connection in connections.drain(..) {
        let (counts, message, pace) = (counts.clone(), message.clone(), pace.clone());
        C::spawn(async move {
            let count = ask_again(&mut connection, &message, &pace).await;
            // Whoever waits for the counts sees that one is missing.
            let _whoever_waits = counts.send(count).await;
        });
    }
    drop(counts);
    let mut messages = 0;
    for _ in 0..clients {
        messages += finished.recv().await??;
    }
    Ok(pace.outcome(messages, SMALL))
}

async fn ask_again(connection: &mut impl Connection, message: &Bytes, pace: &Pace) -> Result<u64> {
    let mut messages = 0;
    loop {
        match pace.phase(messages) {
            Phase::Over => return Ok(messages),
            phase => {
                trip(connection, message).await?;
                messages += u64::from(phase == Phase::Measured);
            }
        }
    }
}

/// Connections that have done one round trip and then nothing; they are held until the process ends.
pub(super) async fn idle<C: Contender>(address: &Address, clients: usize) -> Result<Outcome> {
    let mut connections = connect_all::<C>(address, clients).await?;
    let (pace, message) = (Pace::start(Length::Messages(0)), message(SMALL));
    for connection in &mut connections {
        trip(connection, &message).await?;
    }
    thread::sleep(REST);
    // The process ends before they do.
    core::mem::forget(connections);
    Ok(pace.outcome(clients as u64, SMALL))
}

pub(super) async fn connect_all<C: Contender>(
    address: &Address,
    clients: usize,
) -> Result<Vec<C::Connection>> {
    let mut connections = Vec::with_capacity(clients);
    for _ in 0..clients {
        connections.push(C::connect(address).await?);
    }
    Ok(connections)
}
