//! What every contender can do, so that the same programs measure them all.

mod blocking;
mod bowline;
mod codec_smol;
mod codec_tokio;
mod flavour;
mod frames;
mod hand_tokio;
mod interprocess;
mod ipc_channel;
mod l0;
#[cfg(feature = "libzmq")]
mod libzmq;
mod list;
mod monoio;
#[cfg(feature = "nng")]
mod nng;
mod stream;
mod tokio_streams;
mod zeromq;

use core::future::Future;

use bytes::Bytes;

use crate::Result;
use crate::order::{Address, Length};
use crate::role::crowd;
use crate::said::Outcome;

pub(crate) use list::{ALL, find};

/// A library (or none), with the way in which its programs usually run.
pub(crate) trait Contender: Sized + Send + 'static {
    /// The name on the command line and in the tables.
    const NAME: &str;

    type Listener: Send + 'static;
    type Connection: Connection;

    /// Runs a program to its end.
    fn run<T: Send + 'static>(program: impl Future<Output = T> + Send + 'static) -> T;

    /// Runs something beside the program: as a task, or on a thread of its own.
    fn spawn(task: impl Future<Output = ()> + Send + 'static);

    /// Listens, and says where.
    fn listen(address: &Address) -> impl Future<Output = Result<(Self::Listener, Address)>> + Send;

    fn accept(listener: &mut Self::Listener) -> impl Future<Output = Result<Self::Connection>> + Send;

    fn connect(address: &Address) -> impl Future<Output = Result<Self::Connection>> + Send;

    /// Sends whatever comes from anybody back, for ever.
    fn serve_crowd(listener: Self::Listener) -> impl Future<Output = Result> + Send {
        crowd::serve::<Self>(listener)
    }

    /// So many clients at the same time, each of which asks again once it was answered.
    fn ask_crowd(
        address: Address,
        clients: usize,
        length: Length,
    ) -> impl Future<Output = Result<Outcome>> + Send {
        crowd::ask::<Self>(address, clients, length)
    }
}

/// One end of a connection. What a contender has nothing for fails with [`Unsupported`].
pub(crate) trait Connection: Sized + Send + 'static {
    /// Whether [`send`](Self::send) waits for the operating system.
    const AWAITS: bool = true;
    /// Whether messages can be looked at without owning them.
    const LENDS: bool = false;

    /// Sends a message, and is done once all of it is with the operating system.
    fn send(&mut self, message: &Bytes) -> impl Future<Output = Result> + Send;

    /// Receives a whole message and says how long it is; `None` at the end.
    fn receive(&mut self) -> impl Future<Output = Result<Option<usize>>> + Send;

    /// Receives a message and sends it back; `false` at the end.
    fn echo(&mut self) -> impl Future<Output = Result<bool>> + Send;

    /// Hands a message over, for which nobody waits.
    fn post(&mut self, _message: &Bytes) -> impl Future<Output = Result> + Send {
        async { Err(Unsupported.into()) }
    }

    /// Sends a message `count` times, in whatever way is the fastest for many messages.
    fn send_batch(&mut self, _message: &Bytes, _count: usize) -> impl Future<Output = Result> + Send {
        async { Err(Unsupported.into()) }
    }

    /// Receives at least one message, in whatever way is the fastest for many; `None` at the end.
    fn receive_batch(&mut self) -> impl Future<Output = Result<Option<Batch>>> + Send {
        async { Ok(self.receive().await?.map(|last| Batch { count: 1, last })) }
    }

    /// Receives at least one message and looks at each where it is; `None` at the end.
    fn look_at_batch(&mut self) -> impl Future<Output = Result<Option<Batch>>> + Send {
        async { Err(Unsupported.into()) }
    }

    /// Begins to receive and gives it up, so that no message is lost by it.
    fn cancel_receive(&mut self) -> impl Future<Output = Result> + Send {
        async { Err(Unsupported.into()) }
    }

    /// Begins to send a message and gives it up half-way, so that the connection lives on; whether it was in time.
    fn abort_send(&mut self, _message: &Bytes) -> impl Future<Output = Result<bool>> + Send {
        async { Err(Unsupported.into()) }
    }

    /// Makes `count` reads wait at all times from now on; the messages are received by [`receive`](Self::receive) as before.
    fn queue_reads(&mut self, _count: usize) -> Result {
        Err(Unsupported.into())
    }

    /// Closes, and waits for the other side if it answers.
    fn farewell(self) -> impl Future<Output = Result> + Send {
        async {
            drop(self);
            Ok(())
        }
    }
}

/// Messages that were received together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batch {
    pub(crate) count: u64,
    /// The length of the last.
    pub(crate) last: usize,
}

/// The contender has nothing for this workload.
#[derive(Debug, thiserror::Error)]
#[error("nothing for this workload")]
pub(crate) struct Unsupported;
