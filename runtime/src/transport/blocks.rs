//! The thread's block of memory that bytes pass through: it belongs to whoever drives, not to a connection.

use core::cell::RefCell;

/// What one read brings in at most, and one batch of small messages takes out: past 64 KiB nothing is gained, but a message
/// of that size, or a chunk, shall come in one read with its word, which a page has room for.
const BLOCK: usize = (64 << 10) + (4 << 10);

/// Where in a page blocks begin. Copying to a place that lies up to 64 bytes further on in its page than the source does in its
/// own takes AMD's processors twenty times as long where it is done by `rep movsb`, in the system as in the C library. The system's
/// buffers begin with a page, large pieces of an allocator's 16 bytes behind, and words of four bytes shift all that: the middle
/// of a page is far from all of these.
const PLACE: usize = PAGE / 2;
const PAGE: usize = 4096;

thread_local! {
    static SPARE: RefCell<Option<Box<[u8]>>> = const { RefCell::new(None) };
}

/// Lends the thread's block of 68 KiB to `work`; a new one if it is lent already. For those who write transports that have to
/// change bytes on their way, such as TLS: an idle connection holds nothing for it.
pub fn with_block<R>(work: impl FnOnce(&mut [u8]) -> R) -> R {
    let spare = SPARE.try_with(|spare| spare.borrow_mut().take()).ok().flatten();
    let mut block = spare.unwrap_or_else(|| vec![0; BLOCK + PAGE].into_boxed_slice());
    let start = PLACE.wrapping_sub(block.as_ptr().addr()) % PAGE;
    let result = work(&mut block[start..start + BLOCK]);
    let _no_storage = SPARE.try_with(|spare| *spare.borrow_mut() = Some(block));
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    // Mutants: the block begins where the allocator's memory does, or with a page; a second one lent meanwhile does.
    #[test]
    fn blocks_begin_in_the_middle_of_a_page() {
        let place = |block: &mut [u8]| (block.as_ptr().addr() % PAGE, block.len());
        let both = with_block(|first| (place(first), with_block(place)));
        assert_eq!(both, ((PLACE, BLOCK), (PLACE, BLOCK)));
        assert_eq!(with_block(place), (PLACE, BLOCK), "it is the same when it is lent again");
    }
}
