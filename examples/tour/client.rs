//! A client process.

use std::sync::Arc;

use bowline_tokio::{CloseReason, ConnectOptions, ReadError, Socket, connect_with};
use tokio::time::timeout;

use crate::board::Meter;
use crate::corpus::Corpus;
use crate::envelope::{Envelope, Kind};
use crate::exchange::{close, exchange};
use crate::plan::{Direction, Plan, Role};
use crate::receiver::Receiver;
use crate::sender::Sender;
use crate::{Arguments, Failure, config, ping};

/// Plays a part of the plan and prints the tally.
pub(crate) fn main(arguments: &Arguments, client: u32) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let line = runtime.block_on(async { timeout(arguments.deadline(), play(arguments, client)).await })??;
    println!("{line}");
    Ok(())
}

async fn play(arguments: &Arguments, client: u32) -> Result<String, Failure> {
    let plan = arguments.plan();
    let role = plan.role(client).ok_or("no such client in the plan")?;
    // Before connecting: the server should not have to wait for it.
    let corpus =
        Arc::new(if role == Role::Pinger { Corpus::default() } else { Corpus::read(&arguments.folder())? });
    let options = ConnectOptions::new().config(config());
    let socket = connect_with(arguments.endpoint()?, options).await?;
    let hello = Envelope { client, direction: Direction::Up, kind: Kind::Hello, number: 0 };
    socket.write(hello.seal(0, |_nothing| {})).await?;
    match role {
        Role::Pinger => ping::measure(&socket, client, arguments.round_trips).await,
        Role::Talker { closes } => talk(plan, corpus, client, socket, closes).await,
        Role::Victim => talk(plan, corpus, client, socket, false).await,
    }
}

async fn talk(
    plan: Plan,
    corpus: Arc<Corpus>,
    client: u32,
    socket: Socket,
    closes: bool,
) -> Result<String, Failure> {
    let (up, down) = (plan.stream(client, Direction::Up), plan.stream(client, Direction::Down));
    let sender = Sender::new(socket.clone(), corpus, up, Arc::new(Meter::default()));
    let receiver = Receiver::new(socket.clone(), down, Arc::new(Meter::default()));
    let mut exchanged = exchange(sender, receiver).await?;
    exchanged.check(client)?;
    let mut tally = exchanged.sender.tally;
    if closes {
        close(&socket, &mut tally).await?;
    }
    let end = exchanged.receiver.expect_end().await;
    if !closes {
        close(&socket, &mut tally).await?;
    }
    tally += exchanged.receiver.ledger.tally;
    let expected = if closes { CloseReason::Closed } else { CloseReason::PeerClosed };
    match end {
        ReadError::Closed(reason) if reason == expected => Ok(tally.to_string()),
        other => Err(format!("client {client}: ended with: {other}").into()),
    }
}
