//! One to many: what one client says goes to all others, on plain threads. The program is `shared/chat.rs`; on another
//! runtime only the `use` line and the way into the runtime differ.
//!
//! `cargo run --example chat_std`

use bowline_std as adapter;

#[path = "shared/chat.rs"]
mod chat;

fn main() -> Result<(), Box<dyn core::error::Error>> {
    // Any crate's `block_on` will do: there is no runtime, and the futures need none.
    smol::future::block_on(chat::run())
}
