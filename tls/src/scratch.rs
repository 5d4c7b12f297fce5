//! The thread's block of memory that ciphertext is read into: it belongs to whoever drives, not to a connection.

use core::cell::RefCell;

/// What one read brings in at most.
pub(crate) const BLOCK: usize = 64 << 10;

thread_local! {
    static SPARE: RefCell<Option<Box<[u8]>>> = const { RefCell::new(None) };
}

/// Lends the thread's block to `work`; a new one if it is lent already.
pub(crate) fn with<R>(work: impl FnOnce(&mut [u8]) -> R) -> R {
    let spare = SPARE.try_with(|spare| spare.borrow_mut().take()).ok().flatten();
    let mut block = spare.unwrap_or_else(|| vec![0; BLOCK].into_boxed_slice());
    let result = work(&mut block);
    let _no_storage = SPARE.try_with(|spare| *spare.borrow_mut() = Some(block));
    result
}
