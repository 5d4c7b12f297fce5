//! All unsafe code of this platform: calls into the system, each with its proof.

pub(super) mod completion;
pub(super) mod pipes;
mod port;
pub(super) mod security;
#[cfg(test)]
pub(super) mod seen;
pub(super) mod sockets;
pub(super) mod wine;
