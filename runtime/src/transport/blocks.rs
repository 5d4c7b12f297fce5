//! The thread's block of memory that bytes pass through: it belongs to whoever drives, not to a connection.

use core::cell::RefCell;

/// What one read brings in at most, and one batch of small messages takes out: past 64 KiB nothing is gained, but a message
/// of that size, or a chunk, shall come in one read with its word, which a page has room for.
const BLOCK: usize = (64 << 10) + (4 << 10);

thread_local! {
    static SPARE: RefCell<Option<Box<[u8]>>> = const { RefCell::new(None) };
}

/// Lends the thread's block of 68 KiB to `work`; a new one if it is lent already. For those who write transports that have to
/// change bytes on their way, such as TLS: an idle connection holds nothing for it.
pub fn with_block<R>(work: impl FnOnce(&mut [u8]) -> R) -> R {
    let spare = SPARE.try_with(|spare| spare.borrow_mut().take()).ok().flatten();
    let mut block = spare.unwrap_or_else(|| vec![0; BLOCK].into_boxed_slice());
    let result = work(&mut block);
    let _no_storage = SPARE.try_with(|spare| *spare.borrow_mut() = Some(block));
    result
}
