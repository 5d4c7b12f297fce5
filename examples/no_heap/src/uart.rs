//! The machine's first serial port: bytes come in by an interrupt and leave when asked to.
//!
//! Its unsafe code is the port's registers and the interrupt that is switched on.

use core::cell::RefCell;
use core::ptr::NonNull;

use arm_pl011_uart::{
    DataBits, Interrupts, LineConfig, PL011Registers, Parity, StopBits, Uart, UniqueMmioPointer,
};
use cortex_m::interrupt::{CriticalSection, Mutex, free};
use cortex_m::peripheral::NVIC;
use heapless::Deque;
use lm3s6965::{Interrupt, interrupt};

use crate::clock::FREQUENCY;
use crate::drive::Port;

const BAUD: u32 = 115_200;
/// How many bytes wait for the driver. No multiple of the hardware's 16, so that one that is full leaves some there.
const RING: usize = 60;
const REGISTERS: usize = 0x4000_C000;
/// "Bytes have come", and "they have waited for a while although they are few".
const ARRIVAL: Interrupts = Interrupts::RXI.union(Interrupts::RTI);

/// What the interrupt and the program share.
struct Shared {
    uart: Uart<'static>,
    incoming: Deque<u8, RING>,
}

// SAFETY: what keeps `Shared` from being `Send` is the pointer to the registers. They stand at the same address for
// whoever asks, there is one core, and the `Mutex` lets nobody in but in a critical section.
#[expect(unsafe_code, reason = "see above")]
unsafe impl Send for Shared {}

static SHARED: Mutex<RefCell<Option<Shared>>> = Mutex::new(RefCell::new(None));

/// The serial port. There is one.
#[derive(Debug)]
pub struct Serial(());

impl Serial {
    /// Switches the port on; `None` if that was done before.
    #[must_use]
    pub fn start() -> Option<Self> {
        free(|section| {
            let mut shared = SHARED.borrow(section).borrow_mut();
            if shared.is_some() {
                return None;
            }
            *shared = Some(Shared { uart: open()?, incoming: Deque::new() });
            // SAFETY: this interrupt's handler takes what it needs out of `SHARED`, which was just filled, and no code
            // relies on this interrupt being masked.
            #[expect(unsafe_code, reason = "see above")]
            unsafe {
                NVIC::unmask(Interrupt::UART0);
            }
            Some(Self(()))
        })
    }
}

/// The clock gate and the pins are left as the machine's emulator has them after a reset, in use. A real board needs
/// RCGC1, RCGC2 and the alternate function of PA0 and PA1 set first.
fn open() -> Option<Uart<'static>> {
    let registers = NonNull::new(core::ptr::with_exposed_provenance_mut::<PL011Registers>(REGISTERS))?;
    // SAFETY: by the data sheet a PL011's registers begin at this address, aligned to 4 KiB and for as long as the machine
    // runs. `start` calls this once, in a critical section, and nothing else here names the address: the pointer is unique.
    #[expect(unsafe_code, reason = "see above")]
    let mut uart = Uart::new(unsafe { UniqueMmioPointer::new(registers) });
    let line = LineConfig { data_bits: DataBits::Bits8, parity: Parity::None, stop_bits: StopBits::One };
    uart.enable(line, BAUD, FREQUENCY).ok()?;
    uart.set_interrupt_masks(ARRIVAL);
    Some(uart)
}

impl Shared {
    /// Takes over what has come. Without room the rest stays with the hardware, and its interrupt is off until there is
    /// room again; a line without flow control, unlike the emulator's, loses bytes if that lasts.
    fn collect(&mut self) {
        while !self.incoming.is_full() && !self.uart.is_rx_fifo_empty() {
            // A byte that came damaged is left out: the connection will find the frame broken.
            if let Ok(Some(byte)) = self.uart.read_word() {
                let _has_room = self.incoming.push_back(byte);
            }
        }
        self.uart.clear_interrupts(Interrupts::RTI);
        self.uart.set_interrupt_masks(if self.incoming.is_full() { Interrupts::empty() } else { ARRIVAL });
    }
}

impl Shared {
    /// Sends a byte if the hardware has room for it, and says whether it had.
    fn push(&mut self, byte: u8) -> bool {
        let has_room = !self.uart.is_tx_fifo_full();
        if has_room {
            self.uart.write_word(byte);
        }
        has_room
    }

    fn hand_over(&mut self, room: &mut [u8]) -> usize {
        let come =
            room.iter_mut().map_while(|slot| self.incoming.pop_front().map(|byte| *slot = byte)).count();
        self.collect();
        come
    }
}

fn with_shared<R>(section: &CriticalSection, work: impl FnOnce(&mut Shared) -> R) -> Option<R> {
    SHARED.borrow(section).borrow_mut().as_mut().map(work)
}

#[interrupt]
fn UART0() {
    free(|section| with_shared(section, Shared::collect));
}

impl Port for Serial {
    fn send(&mut self, bytes: &[u8]) -> usize {
        free(|section| {
            with_shared(section, |shared| bytes.iter().take_while(|&&byte| shared.push(byte)).count())
        })
        .unwrap_or(0)
    }

    fn receive(&mut self, room: &mut [u8]) -> usize {
        free(|section| with_shared(section, |shared| shared.hand_over(room))).unwrap_or(0)
    }
}
