//! All unsafe code of this platform: calls into the system, each with its proof.

pub(super) mod completion;
pub(super) mod pipes;
mod port;
pub(super) mod security;
pub(super) mod sockets;
mod wine;
