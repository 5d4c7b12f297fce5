//! A server that sends every message back, and a client that talks to it, on tokio. The program is `shared/echo.rs`; on another
//! runtime only the `use` line and the way into the runtime differ.
//!
//! `cargo run --example echo`

use bowline_tokio as adapter;

#[path = "shared/echo.rs"]
mod echo;

#[tokio::main]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    echo::run().await
}
