//! Both directions of one conversation at the same time, each in a task of its own.

use bowline_tokio::{Closed, ReadError, Socket, WriteError};

use crate::receiver::Receiver;
use crate::sender::Sender;
use crate::tally::Tally;
use crate::{Failure, PATIENCE};

/// Both directions, once they are over.
pub(crate) struct Exchanged {
    pub(crate) sender: Sender,
    pub(crate) receiver: Receiver,
    pub(crate) sent: Result<(), WriteError>,
    pub(crate) received: Result<(), ReadError>,
}

pub(crate) async fn exchange(mut sender: Sender, mut receiver: Receiver) -> Result<Exchanged, Failure> {
    let sending = tokio::spawn(async move {
        let sent = sender.run().await;
        (sender, sent)
    });
    let receiving = tokio::spawn(async move {
        let received = receiver.run().await;
        (receiver, received)
    });
    let (sender, sent) = sending.await?;
    let (receiver, received) = receiving.await?;
    Ok(Exchanged { sender, receiver, sent, received })
}

impl Exchanged {
    /// The failure, if either direction did not come to its end.
    pub(crate) fn check(&self, client: u32) -> Result<(), Failure> {
        let sent = self.sent.as_ref().map_err(|error| format!("client {client}, sending: {error}"));
        let received = self.received.as_ref().map_err(|error| format!("client {client}, receiving: {error}"));
        Ok(sent.and(received).copied()?)
    }

    pub(crate) fn tally(&self) -> Tally {
        let mut tally = self.sender.tally;
        tally += self.receiver.ledger.tally;
        tally
    }
}

/// Closes in order, and counts whether the other side took everything in.
pub(crate) async fn close(socket: &Socket, tally: &mut Tally) -> Result<(), Failure> {
    match socket.close(PATIENCE).await? {
        Closed::Clean => tally.clean += 1,
        other => {
            eprintln!("tour: {}: closed {other:?}", socket.peer());
            tally.unclean += 1;
        }
    }
    Ok(())
}
