//! One to many: what one client says goes to all others, on smol. The program is `shared/chat.rs`; on another
//! runtime only the `use` line and the way into the runtime differ.
//!
//! `cargo run --example chat_smol`

use bowline_smol as adapter;

#[path = "shared/chat.rs"]
mod chat;

fn main() -> Result<(), Box<dyn core::error::Error>> {
    smol::block_on(chat::run())
}
