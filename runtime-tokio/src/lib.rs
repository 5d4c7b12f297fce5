//! bowline on tokio: message sockets that never lose a message and in which everything can be cancelled.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let name = format!("local://doc-{}", std::process::id());
//! use bowline_tokio::{bind, connect};
//!
//! let server = bind(&name)?; // for instance "local://greeter"
//! tokio::spawn(async move {
//!     while let Ok(incoming) = server.accept().await {
//!         let Ok(socket) = incoming.accept() else { continue };
//!         tokio::spawn(async move {
//!             while let Ok(message) = socket.read().await {
//!                 let _number = socket.write(message).await?;
//!             }
//!             Ok::<(), bowline_tokio::WriteError>(())
//!         });
//!     }
//! });
//!
//! let socket = connect(&name).await?;
//! socket.write("ahoy").await?;
//! assert_eq!(socket.read().await?, "ahoy");
//! # Ok(())
//! # }
//! ```
//!
//! The handles and tasks are those of every bowline adapter; changing the runtime changes one `use` line. Both of tokio's
//! runtimes will do, with their I/O and time drivers enabled. Every function here that makes something must be called
//! from within a runtime; the handles can then be used from anywhere, plain threads included.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod endpoint;
mod executor;
mod reactor;
#[cfg(unix)]
mod register;
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
pub use stream::{from_stream, offer_stream};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
