//! One message that is far longer than any buffer.

use anyhow::ensure;

use super::{END, message, trip};
use crate::Result;
use crate::contender::{Connection, Contender};
use crate::order::{Address, Length};
use crate::pace::Pace;
use crate::said::Outcome;

/// Takes in one message at a time and answers it with a short one.
pub(super) async fn sink<C: Contender>(mut listener: C::Listener) -> Result {
    let mut connection = C::accept(&mut listener).await?;
    while connection.receive().await?.is_some() {
        connection.send(&END).await?;
    }
    Ok(())
}

/// Sends it, and waits for the answer.
pub(super) async fn send<C: Contender>(address: &Address, size: usize) -> Result<Outcome> {
    let (mut connection, message) = (C::connect(address).await?, message(size));
    trip(&mut connection, &END).await?;
    let pace = Pace::start_at_once(Length::Messages(1));
    pace.phase(0);
    connection.send(&message).await?;
    let answer = connection.receive().await?;
    ensure!(answer == Some(END.len()), "it has not arrived");
    Ok(pace.outcome(1, size))
}
