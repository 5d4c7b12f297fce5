//! bowline on smol and on any other executor: message sockets that never lose a message and in which everything can be
//! cancelled.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # smol::block_on(async {
//! # let name = format!("local://doc-{}", std::process::id());
//! use bowline_smol::{bind, connect};
//!
//! let server = bind(&name)?; // for instance "local://greeter"
//! smol::spawn(async move {
//!     while let Ok(incoming) = server.accept().await {
//!         let Ok(socket) = incoming.accept() else { continue };
//!         smol::spawn(async move {
//!             while let Ok(message) = socket.read().await {
//!                 let _number = socket.write(message).await?;
//!             }
//!             Ok::<(), bowline_smol::WriteError>(())
//!         })
//!         .detach();
//!     }
//! })
//! .detach();
//!
//! let socket = connect(&name).await?;
//! socket.write("ahoy").await?;
//! assert_eq!(socket.read().await?, "ahoy");
//! # Ok(())
//! # })
//! # }
//! ```
//!
//! The handles and tasks are those of every bowline adapter; changing the runtime changes one `use` line. Nothing here
//! asks where it is called from or who polls: smol, a `LocalExecutor`, any crate's `block_on` or a plain thread. Readiness
//! and time come from [`async-io`](async_io), which is one for the whole process. It costs least where the thread that
//! polls also waits for I/O: under `smol::block_on`, and on smol's own executor.
//!
//! What runs behind the scenes, one small task for each connection and each server and one for all together, is spawned on smol's global executor.
//! A program with an executor of its own passes that: see [`Runtime`].

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod endpoint;
mod executor;
mod reactor;
#[cfg(unix)]
mod readiness;
mod runtime;
#[cfg(unix)]
mod source;
mod stream;

pub use bowline_net::{
    BindError, BindOptions, ConnectOptions, DialError, DialOptions, InheritError, Network, NetworkError,
    ProxyError, SecurityError, inherited,
};
#[doc(inline)]
pub use bowline_runtime::api::*;
pub use endpoint::{bind, bind_with, connect, connect_with};
pub use runtime::{BoxFuture, Runtime};
pub use stream::{from_stream, offer_stream};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
