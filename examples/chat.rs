//! One to many: what one client says goes to all others, on tokio. The program is `shared/chat.rs`; on another
//! runtime only the `use` line and the way into the runtime differ.
//!
//! `cargo run --example chat`

use bowline_tokio as adapter;

#[path = "shared/chat.rs"]
mod chat;

#[tokio::main]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    chat::run().await
}
