//! A server that sends every message back, and a client that talks to it, on smol. The program is `shared/echo.rs`; on another
//! runtime only the `use` line and the way into the runtime differ.
//!
//! `cargo run --example echo_smol`

use bowline_smol as adapter;

#[path = "shared/echo.rs"]
mod echo;

fn main() -> Result<(), Box<dyn core::error::Error>> {
    smol::block_on(echo::run())
}
