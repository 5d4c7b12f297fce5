//! The server's side: whoever connects says who it is, and gets the conversation that the plan has for it.

use std::sync::Arc;

use bowline_tokio::{Accept, AcceptError, CloseReason, Incoming, ReadError, Server, Socket};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

use crate::board::Board;
use crate::corpus::Corpus;
use crate::envelope::{Envelope, Kind};
use crate::exchange::{Exchanged, close, exchange};
use crate::plan::{Direction, Plan, Role};
use crate::receiver::Receiver;
use crate::sender::Sender;
use crate::tally::Tally;
use crate::{Failure, ping};

/// What all conversations share.
pub(crate) struct Stage {
    pub(crate) plan: Plan,
    pub(crate) corpus: Arc<Corpus>,
    pub(crate) board: Arc<Board>,
    /// Hears of each talker with whom both directions are done, and of each failure.
    pub(crate) finished: UnboundedSender<Result<u32, Failure>>,
}

/// Accepts until the server stops, then waits for all conversations to end; yields what they counted.
pub(crate) async fn serve(server: Server, mut accept: Accept, stage: Arc<Stage>) -> Result<Tally, Failure> {
    let mut conversations = JoinSet::new();
    loop {
        match accept.await {
            Ok(incoming) => {
                let stage = Arc::clone(&stage);
                conversations.spawn(async move { stage.report(stage.converse(incoming).await) });
            }
            Err(AcceptError::Stopped) => break,
            Err(error) => return Err(error.into()),
        }
        accept = server.accept();
    }
    Ok(conversations.join_all().await.into_iter().fold(Tally::default(), |mut sum, tally| {
        sum += tally;
        sum
    }))
}

impl Stage {
    fn report(&self, result: Result<Tally, Failure>) -> Tally {
        result.unwrap_or_else(|failure| {
            let _nobody_waits = self.finished.send(Err(failure));
            Tally::default()
        })
    }

    async fn converse(&self, incoming: Incoming) -> Result<Tally, Failure> {
        let socket = incoming.accept()?;
        let hello = socket.read().await?;
        let Some((Envelope { client, kind: Kind::Hello, .. }, _)) = Envelope::open(&hello) else {
            return Err(format!("{}: no hello", socket.peer()).into());
        };
        match self.plan.role(client).ok_or("a client that is not in the plan")? {
            Role::Talker { closes } => self.talk(client, socket, closes).await,
            Role::Victim => self.suffer(client, socket).await,
            Role::Pinger => ping::echo(&socket).await,
        }
    }

    async fn exchange(&self, client: u32, socket: &Socket) -> Result<Exchanged, Failure> {
        let (up, down) = (self.plan.stream(client, Direction::Up), self.plan.stream(client, Direction::Down));
        let (received, sent) = (self.board.meter(&up), self.board.meter(&down));
        let sender = Sender::new(socket.clone(), Arc::clone(&self.corpus), down, sent);
        exchange(sender, Receiver::new(socket.clone(), up, received)).await
    }

    async fn talk(&self, client: u32, socket: Socket, closes: bool) -> Result<Tally, Failure> {
        let mut exchanged = self.exchange(client, &socket).await?;
        exchanged.check(client)?;
        self.finished.send(Ok(client))?;
        let end = exchanged.receiver.expect_end().await;
        let mut tally = exchanged.tally();
        match end {
            ReadError::Closed(CloseReason::PeerClosed) if closes => close(&socket, &mut tally).await?,
            // The server's own close counts this one.
            ReadError::Closed(CloseReason::Closed) if !closes => {}
            other => return Err(format!("client {client}: ended with: {other}").into()),
        }
        Ok(tally)
    }

    /// A client that will be killed: what came of it is a clean beginning.
    async fn suffer(&self, client: u32, socket: Socket) -> Result<Tally, Failure> {
        let mut exchanged = self.exchange(client, &socket).await?;
        if let Err(error) = &exchanged.sent {
            exchanged.sender.count_unknown(error).await;
        }
        exchanged.receiver.ledger.cut();
        Ok(exchanged.tally())
    }
}
