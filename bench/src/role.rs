//! The programs that are measured, the same ones for every contender.

pub(crate) mod crowd;
mod growth;
mod large;
mod ping;
mod stream;

use bytes::Bytes;

use crate::Result;
use crate::contender::{Connection, Contender, Unsupported};
use crate::order::{Address, Length, Workload};
use crate::said::{Outcome, Said};

/// A small message, in bytes.
pub(crate) const SMALL: usize = 64;
/// The message that is meant to be the last. None that is measured is so short.
const END: Bytes = Bytes::from_static(b"!");

/// The server of a workload. It goes on until the process is ended.
pub(crate) async fn serve<C: Contender>(workload: Workload, address: Address) -> Result {
    let (listener, address) = C::listen(&address).await?;
    Said::Ready(address, std::process::id()).say()?;
    match workload {
        Workload::Stream { mode, .. } => stream::sink::<C>(listener, mode).await,
        Workload::Large { .. } => large::sink::<C>(listener).await,
        Workload::Crowd { .. } | Workload::Idle { .. } | Workload::Rotation { .. } => {
            C::serve_crowd(listener).await
        }
        _ => ping::echo::<C>(listener).await,
    }
}

/// The client of a workload.
pub(crate) async fn measure<C: Contender>(
    workload: Workload,
    address: Address,
    length: Length,
) -> Result<Outcome> {
    match workload {
        Workload::PingPong { size } => ping::ping::<C>(&address, size, length).await,
        Workload::CancelledReads => ping::ping_cancelling::<C>(&address, length).await,
        Workload::AbortedWrites => ping::ping_aborting::<C>(&address, length).await,
        Workload::Farewell => ping::farewell::<C>(&address, length).await,
        Workload::Stream { size, mode } => stream::stream::<C>(&address, size, mode, length).await,
        Workload::Crowd { clients } => C::ask_crowd(address, clients, length).await,
        Workload::Idle { clients } => crowd::idle::<C>(&address, clients).await,
        Workload::Large { size } => large::send::<C>(&address, size).await,
        Workload::Rotation { connections } => growth::rotate::<C>(&address, connections, length).await,
        Workload::QueuedReads { reads } => growth::queue_reads::<C>(&address, reads, length).await,
    }
}

fn message(size: usize) -> Bytes {
    Bytes::from(vec![0x5A; size])
}

/// A round trip; what comes back must be as long as what was sent.
async fn trip(connection: &mut impl Connection, message: &Bytes) -> Result {
    connection.send(message).await?;
    let answer = connection.receive().await?;
    anyhow::ensure!(answer == Some(message.len()), "{answer:?} came back for {} bytes", message.len());
    Ok(())
}

/// Whether an error only says that the contender has nothing for this.
pub(crate) fn is_unsupported(error: &anyhow::Error) -> bool {
    error.is::<Unsupported>()
}
