//! What the firmwares' steps have in common.

use bowline_core::{Cancelled, Connection, Status, Storage, TaskId};
use heapless::Vec;

use crate::drive::{Driver, Port};

/// So often something is waited for: far more often than it takes.
pub const PATIENCE: u32 = 10_000_000;

/// `length` bytes that tell their places; `seed` sets messages apart.
///
/// # Panics
/// When a message can't be so long.
#[must_use]
pub fn pattern<const SIZE: usize>(length: usize, seed: u8) -> Vec<u8, SIZE> {
    assert!(length <= SIZE, "no room for {length} bytes");
    (0..=u8::MAX).cycle().take(length).map(|place| place ^ seed).collect()
}

/// A text as a message.
///
/// # Panics
/// When a message can't be so long.
#[must_use]
pub fn text<const SIZE: usize>(text: &str) -> Vec<u8, SIZE> {
    Vec::from_slice(text.as_bytes()).expect("a short text")
}

/// Queues a message whose end nobody asks for.
///
/// # Panics
/// When it can't be queued.
pub fn post<S: Storage>(connection: &mut Connection<S>, message: S::Payload) {
    let write = connection.write(message).expect("room");
    assert_eq!(connection.detach_write(write), Some(true), "it has room within the limits");
}

/// Whether a read has its message.
#[must_use]
pub fn is_ready<S: Storage>(connection: &Connection<S>, read: TaskId) -> bool {
    connection.read_status(read) == Some(Status::Success)
}

/// Cancels a write that is on its way.
///
/// # Panics
/// When it is not stopped at its next chunk.
pub fn abort<S: Storage, P: Port>(side: &mut Driver<'_, S, P>, write: TaskId) {
    let cancelled = side.connection.cancel_write(write);
    assert!(matches!(cancelled, Some(Cancelled::Aborted)), "part of it has left, and part of it has not");
}
