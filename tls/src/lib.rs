#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod error;
mod server;
mod session;
mod transport;
mod wakers;

pub use client::ClientTls;
pub use error::{Blame, TlsError};
#[doc(no_inline)]
pub use rustls;
pub use server::ServerTls;
