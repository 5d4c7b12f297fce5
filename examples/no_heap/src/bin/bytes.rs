//! Echoes bytes on the serial port, without bowline: what the board alone costs.

#![no_std]
#![no_main]

use bowline_no_heap::clock;
use bowline_no_heap::drive::{BLOCK, Port};
use bowline_no_heap::uart::Serial;
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use panic_halt as _;

#[entry]
fn main() -> ! {
    if let Some(peripherals) = Peripherals::take() {
        clock::start(peripherals.SYST);
    }
    let mut serial = Serial::start();
    loop {
        if let Some(serial) = &mut serial {
            echo(serial);
        }
        core::hint::black_box(clock::now());
        cortex_m::asm::wfi();
    }
}

fn echo(serial: &mut Serial) {
    let mut block = [0; BLOCK];
    let filled = serial.receive(&mut block);
    let mut left = &block[..filled];
    while !left.is_empty() {
        left = &left[serial.send(left)..];
    }
}
