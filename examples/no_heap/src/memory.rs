//! What a connection with storage of a fixed size costs in RAM.

use bowline_core::{Connection, Inline};

/// The most bytes of a `Connection<Inline<COUNT, SIZE>>` on a 32-bit machine. `SIZE` counts in words of 4 bytes, and as 64
/// bytes if it is less.
///
/// `COUNT` messages each way, one more that comes in whole and one in chunks; what is noted of each; and the rest.
#[must_use]
pub const fn of_connection(count: usize, size: usize) -> usize {
    let size = if size < 64 { 64 } else { size.next_multiple_of(4) };
    2 * (count + 1) * size + 88 * count + 776
}

/// The formula promises no less than there is, and where messages are not tiny little more.
macro_rules! check {
    ($($count:literal of $size:literal),*) => {$(
        const _: () = {
            let (most, real) = (of_connection($count, $size), size_of::<Connection<Inline<$count, $size>>>());
            assert!(real <= most, "the formula must be raised");
            assert!($size < 64 || most <= real + 64, "the formula can be lowered");
        };
    )*};
}

#[cfg(target_pointer_width = "32")]
check!(1 of 1, 2 of 8, 3 of 16, 5 of 63, 1 of 64, 1 of 100, 2 of 515, 3 of 512, 4 of 514, 8 of 1024, 16 of 4096);
