//! What bowline's conformance and process tests share: places to run in, peers that speak bytes, a watchdog.
//!
//! A test takes a [`World`]: an adapter with an executor of its own, a transport and a profile. To test another adapter,
//! implement [`Adapter`] and add a line to `on_every_adapter!` in `tests/conformance/main.rs`.

mod adapter;
pub mod certificates;
mod cross;
mod local;
mod names;
mod numbered;
mod on_smol;
mod on_std;
mod on_tokio;
mod orders;
mod raw;
mod simulated;
#[cfg(unix)]
pub mod trials;
mod vectors;
pub mod watchdog;
mod world;

pub use adapter::Adapter;
pub use cross::Cross;
pub use local::{LocalStream, is_wine, pair};
pub use names::{Directory, unique_name};
pub use numbered::Numbered;
pub use on_smol::Smol;
pub use on_std::Std;
pub use on_tokio::Tokio;
pub use orders::permute;
pub use raw::{Frame, Raw, hello, kind, message};
pub use simulated::Simulated;
pub use vectors::{Script, Step, bytes_of, rows, script_of};
pub use world::{Transport, World};

/// The README's example runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
