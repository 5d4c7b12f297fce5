//! What bowline's adapters share: handles, tasks, wakers and the drive loop, without a socket or an executor.
//!
//! Programs use an adapter, such as `bowline-tokio`, which gives these types their sockets; the types are the same on all
//! of them. An adapter implements [`Transport`], [`Listen`], [`Executor`] and [`Timer`], and holds nothing that another
//! adapter also holds.
//!
//! *Whoever waits, drives*: a task that is awaited or waited on moves the connection's bytes itself, on its own thread.
//! One spawned keeper per connection does what nobody waits for.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod api;
mod batch;
mod block;
mod clock;
mod close;
mod connect;
mod defer;
mod drive;
mod endpoint;
mod error;
mod executor;
mod flow;
mod glance;
mod halves;
mod handle;
mod keeper;
mod link;
mod lookout;
#[cfg(all(test, loom))]
mod loom;
mod nap;
mod on_message;
mod parcel;
mod park;
mod peer;
mod promise;
mod read;
mod read_many;
mod server;
mod several;
mod socket;
mod sync;
mod task;
mod to_endpoint;
mod transport;
pub mod view;
mod waiters;
mod waitlist;
mod wakers;
mod write;
mod write_all;

pub use batch::Batch;
pub use bowline_core::{
    Admission, Cancelled, CloseReason, Closed, Config, Fault, Heartbeat, MESSAGE_OVERHEAD, Profile, Refusal,
    Stats, Status, Text, Traffic, TransportError, TransportErrorKind, Violation,
};
pub use bytes::Bytes;
pub use close::{Close, Ended, Watch};
pub use connect::{Connect, ConnectOperation, Role};
pub use endpoint::{Endpoint, EndpointError, EndpointKind};
pub use error::{AcceptError, CloseError, ConnectError, Misuse, ReadError, WriteError};
pub use executor::{BoxFuture, Executor, Timer};
pub use flow::{Clients, Messages, Outgoing};
pub use halves::{ReadHalf, WriteHalf};
pub use lookout::Lookout;
pub use peer::{Credentials, Findings, Identity, Peer, PeerAddress};
pub use read::{Read, ReadOperation};
pub use read_many::{Following, Most, ReadBatch, ReadMany, Several, Together};
pub use server::{
    Accept, AcceptOperation, Broadcast, Incoming, Server, ServerOptions, ServerStats, Shutdown,
    ShutdownOperation, ShutdownReport,
};
pub use several::{Waitable, all, any, wait_all, wait_any};
pub use socket::Socket;
pub use task::{Operation, Task};
pub use to_endpoint::ToEndpoint;
pub use transport::{Arrival, Intake, Listen, ListenFault, Outflow, Receive, Transport, with_block};
pub use write::{Write, WriteOperation};
pub use write_all::{CancelledAll, WriteAll, WriteAllError, WriteAllOperation, WriteFailure};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
