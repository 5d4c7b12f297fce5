//! The time, from the processor's own timer.

use core::cell::Cell;
use core::time::Duration;

use bowline_core::Instant;
use cortex_m::interrupt::{Mutex, free};
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;

/// The machine runs at this speed after a reset.
pub const FREQUENCY: u32 = 12_500_000;

/// 64 bits, since a time that begins anew every 49 days would stand still for the connection.
static MILLISECONDS: Mutex<Cell<u64>> = Mutex::new(Cell::new(0));

/// Starts counting.
pub fn start(mut timer: SYST) {
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(FREQUENCY / 1000 - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

/// The time since the start.
#[must_use]
pub fn now() -> Instant {
    Instant::from_origin(Duration::from_millis(free(|section| MILLISECONDS.borrow(section).get())))
}

#[exception]
fn SysTick() {
    free(|section| {
        let milliseconds = MILLISECONDS.borrow(section);
        milliseconds.set(milliseconds.get() + 1);
    });
}
