//! Echoes messages on the serial port: the least that is of use, and what a connection costs.

#![no_std]
#![no_main]

use bowline_core::{Config, Connection, Event, Inline};
use bowline_no_heap::clock;
use bowline_no_heap::drive::Driver;
use bowline_no_heap::uart::Serial;
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use panic_halt as _;

/// Four messages of 256 bytes each way.
type Memory = Inline<4, 256>;

#[entry]
fn main() -> ! {
    if let Some(peripherals) = Peripherals::take() {
        clock::start(peripherals.SYST);
    }
    let serial = Serial::start().expect("the port is free");
    let mut connection = Connection::<Memory>::server(Config::new().chunk_size(64), clock::now());
    let mut driver = Driver::new(&mut connection, serial);
    loop {
        let moved = driver.turn(clock::now());
        let heard = hear(driver.connection);
        if !moved && !heard {
            cortex_m::asm::wfi();
        }
    }
}

/// Accepts the client, then writes every message back, unless it is longer than the client takes. What has no room waits,
/// unread.
fn hear(connection: &mut Connection<Memory>) -> bool {
    while let Some(event) = connection.poll_event() {
        match event {
            Event::Arrived => connection.accept(clock::now()),
            Event::WriteDone(write) => drop(connection.take_write(write)),
            _ => {}
        }
    }
    if connection.queued_writes() > 3 {
        return false;
    }
    let Some(message) = connection.take_unclaimed() else { return false };
    connection.write(message).is_ok()
}
