//! A server that sends every message back, and a client that talks to it, on plain threads. The program is `shared/echo.rs`; on another
//! runtime only the `use` line and the way into the runtime differ.
//!
//! `cargo run --example echo_std`

use bowline_std as adapter;

#[path = "shared/echo.rs"]
mod echo;

fn main() -> Result<(), Box<dyn core::error::Error>> {
    // Any crate's `block_on` will do: there is no runtime, and the futures need none.
    smol::future::block_on(echo::run())
}
