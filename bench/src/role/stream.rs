//! Messages in one direction, without pause.

use core::cmp::max;

use anyhow::ensure;
use bytes::Bytes;

use super::{END, message};
use crate::Result;
use crate::contender::{Batch, Connection, Contender, Unsupported};
use crate::order::{Address, Length, Mode};
use crate::pace::{Pace, Phase};
use crate::said::Outcome;

/// So many bytes are handed over together where a library takes several messages.
const BATCH: usize = 256 << 10;

/// Takes everything in, and says so to whoever sends a last message.
pub(super) async fn sink<C: Contender>(mut listener: C::Listener, mode: Mode) -> Result {
    loop {
        let mut connection = C::accept(&mut listener).await?;
        while let Some(batch) = receive(&mut connection, mode).await? {
            if batch.last == END.len() {
                connection.send(&END).await?;
            }
        }
    }
}

async fn receive(connection: &mut impl Connection, mode: Mode) -> Result<Option<Batch>> {
    match mode {
        Mode::Batched | Mode::Posted => connection.receive_batch().await,
        Mode::Lent => connection.look_at_batch().await,
        Mode::Awaited => Ok(connection.receive().await?.map(|last| Batch { count: 1, last })),
    }
}

/// Sends for some time, then waits until all has arrived. The warm-up is followed by such a wait of its own.
pub(super) async fn stream<C: Contender>(
    address: &Address,
    size: usize,
    mode: Mode,
    length: Length,
) -> Result<Outcome> {
    let lacking = match mode {
        Mode::Awaited => !C::Connection::AWAITS,
        Mode::Lent => !C::Connection::LENDS,
        Mode::Posted | Mode::Batched => false,
    };
    if lacking {
        return Err(Unsupported.into());
    }
    let (mut connection, message) = (C::connect(address).await?, message(size));
    if let Length::Time(time) = length {
        send_all(&mut connection, &message, mode, Length::Time(time / 5)).await?;
    }
    send_all(&mut connection, &message, mode, length).await
}

async fn send_all(
    connection: &mut impl Connection,
    message: &Bytes,
    mode: Mode,
    length: Length,
) -> Result<Outcome> {
    let (pace, mut messages) = (Pace::start_at_once(length), 0);
    let several = max(1, BATCH / message.len());
    while pace.phase(messages) != Phase::Over {
        send_several(connection, message, mode, several).await?;
        messages += several as u64;
    }
    connection.send(&END).await?;
    let answer = connection.receive().await?;
    ensure!(answer == Some(END.len()), "the other side has not confirmed the end");
    Ok(pace.outcome(messages, message.len()))
}

/// Sends so many that looking at the clock after them costs nothing.
async fn send_several(
    connection: &mut impl Connection,
    message: &Bytes,
    mode: Mode,
    several: usize,
) -> Result {
    match mode {
        Mode::Batched | Mode::Lent => connection.send_batch(message, several).await?,
        Mode::Awaited => {
            for _ in 0..several {
                connection.send(message).await?;
            }
        }
        Mode::Posted => {
            for _ in 0..several {
                connection.post(message).await?;
            }
        }
    }
    Ok(())
}
