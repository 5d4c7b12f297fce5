//! How deep the stack has ever been. It is painted before the program runs.

use core::hint::black_box;

use cortex_m_rt::{STACK_PAINT_VALUE, heap_start};

/// Where the stack begins: at the end of the memory.
const TOP: usize = 0x2001_0000;

/// The most bytes of stack that were in use until now.
#[must_use]
pub fn used() -> usize {
    let (here, lowest) = (black_box(0_u32), heap_start());
    let words = ((&raw const here).addr() - lowest.addr()) / size_of::<u32>();
    let is_painted = |&place: &usize| {
        // SAFETY: the words from the end of the statics up to the stack in use, where `here` stands, are RAM in which no
        // object lives. Such a word may be read whatever it holds.
        #[expect(unsafe_code, reason = "see above")]
        let word = unsafe { lowest.wrapping_add(place).read_volatile() };
        word == STACK_PAINT_VALUE
    };
    let free = (0..words).take_while(is_painted).count() * size_of::<u32>();
    TOP - lowest.addr() - free
}
