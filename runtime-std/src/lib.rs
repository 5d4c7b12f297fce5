//! bowline on plain threads: message sockets that never lose a message and in which everything can be cancelled.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let name = format!("local://doc-{}", std::process::id());
//! use bowline_std::{bind, connect};
//!
//! let server = bind(&name)?; // for instance "local://greeter"
//! server.on_connect(
//!     |_peer| true,
//!     |socket| {
//!         socket.on_message(|socket, message| {
//!             // Sent by the library. Without room in the queue: wait for it, or lose the message.
//!             if let Err(full) = socket.write(message).detach() {
//!                 let _number = full.wait();
//!             }
//!         });
//!     },
//! );
//!
//! let socket = connect(&name).wait()?;
//! socket.write("ahoy").wait()?;
//! assert_eq!(socket.read().wait()?, "ahoy");
//! # Ok(())
//! # }
//! ```
//!
//! The handles and tasks are those of every bowline adapter; changing the runtime changes one `use` line. Nothing has to be
//! started first. The tasks are futures as well, for whatever executor polls them.
//!
//! # Who does what
//! * *The thread that waits* moves the connection's bytes itself: a round trip is one `send` and one `recv`, in which the
//!   thread sleeps. Closing, aborting and a deadline free it. Sockets are in blocking mode for that; those of
//!   [`from_stream`] are put into it.
//! * *`bowline-keeper`*, one thread per process, waits for readiness and for time, for all connections together. It runs
//!   nothing of the program's but wakers.
//! * *`bowline-pool`*, as many threads as are needed up to [`set_pool_size`], moves the bytes for which nobody waits, and
//!   runs callbacks: `on_connect`, `on_disconnect`, `on_complete`, `on_message`. A callback may block, and may wait for
//!   tasks. When all of these threads are blocked, more are started one after the other, so that the library's own work
//!   goes on; a callback that blocks for minutes is better off on a thread of its own. A panic in a callback ends that
//!   callback only.
//!
//! All of these threads start when they are first needed and end when there is nothing for them to do, so that idle
//! connections cost no thread each. Waiting for a task on the keeper's thread, inside of a waker, fails with
//! [`Misuse::WouldDeadlock`].
//!
//! A forked child has none of these threads: use bowline there only after `exec`.

#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(unix)]
mod descriptors;
mod endpoint;
mod executor;
mod keeper;
mod pool;
mod reactor;
#[cfg(unix)]
mod register;
#[cfg(unix)]
mod slot;
#[cfg(unix)]
mod source;
mod stream;
mod timers;

pub use bowline_net::{
    BindError, BindOptions, ConnectOptions, DialError, DialOptions, InheritError, Network, NetworkError,
    ProxyError, SecurityError, inherited,
};
#[doc(inline)]
pub use bowline_runtime::api::*;
pub use endpoint::{bind, bind_with, connect, connect_with};
pub use pool::set_pool_size;
pub use stream::{ByteStream, from_stream, offer_stream};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
