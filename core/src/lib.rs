//! bowline's protocol, without a socket: framing, the life of a connection, and the bookkeeping of its tasks.
//!
//! *No message is lost, no operation is uncancellable.* What that means is decided here, once, by a state machine that
//! knows no socket, clock, lock or waker. It is fed bytes and time and asked for bytes and events, so that one
//! implementation serves every runtime, a microcontroller, and a test without any of them.
//!
//! * [`Connection`] is one end of one connection; its page shows the driver's loop.
//! * [`Listener`] decides who may connect and keeps the books of a server's clients.
//! * [`Storage`] is where messages and queues live: [`Heap`] (feature `alloc`, the default) or [`Inline`] (feature
//!   `heapless`). Both can be used in one program.
//!
//! The wire format is written down in `PROTOCOL.md` at the root of the repository. A program that wants sockets takes
//! an adapter such as `bowline-tokio` instead of this crate.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(test)]
extern crate std;

#[cfg(feature = "alloc")]
mod batch;
mod budget;
mod config;
mod connection;
mod control;
mod error;
pub mod frame;
mod gate;
mod hello;
mod inbox;
mod layout;
mod limits;
mod listener;
mod outbox;
mod stats;
pub mod storage;
mod task;
mod text;
mod time;
mod turnstile;

#[cfg(feature = "alloc")]
pub use batch::{Batch, Messages};
pub use config::{Config, Heartbeat, MAX_MESSAGE, Profile};
pub use connection::{Connection, Event, Idle, State};
pub use error::{CloseReason, Fault, Refusal, TransportError, TransportErrorKind, Violation};
pub use gate::Gate;
pub use hello::{MAGIC, VERSION};
pub use limits::MESSAGE_OVERHEAD;
pub use listener::{Admission, ClientId, Listener, ListenerEvent};
pub use stats::{Stats, Traffic};
#[cfg(feature = "alloc")]
pub use storage::Heap;
#[cfg(feature = "heapless")]
pub use storage::Inline;
pub use storage::Storage;
pub use task::{
    BatchOutcome, Cancelled, Closed, Outcome, ReadError, Rejected, RejectedBatch, Status, TaskId,
    WriteRejection,
};
pub use text::Text;
pub use time::Instant;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
