//! A client on the machine's serial port. The program in `host` is the server: the two follow one script, step by step.
//! Prints the steps; the exit status says whether all of it held on this side.

#![no_std]
#![no_main]

use core::time::Duration;

use bowline_core::{
    CloseReason, Closed, Config, Connection, Inline, Outcome, Rejected, State, WriteRejection,
};
use bowline_no_heap::drive::Driver;
use bowline_no_heap::script::{abort, is_ready, pattern, post, text};
use bowline_no_heap::uart::Serial;
use bowline_no_heap::{clock, stack};
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};
use heapless::Vec;
use panic_semihosting as _;

/// So many messages wait on this side, each way.
const COUNT: usize = 4;
const SIZE: usize = 512;
/// What the host takes.
const HOST_LIMIT: u32 = 256;
const CHUNK: u32 = 64;
/// For anything that is waited for. The host may be slow.
const PATIENCE: Duration = Duration::from_secs(60);

type Memory = Inline<COUNT, SIZE>;
type Message = Vec<u8, SIZE>;

#[entry]
fn main() -> ! {
    if let Some(peripherals) = Peripherals::take() {
        clock::start(peripherals.SYST);
    }
    let config = Config::new()
        .chunk_size(CHUNK)
        .handshake_timeout(PATIENCE)
        .progress_timeout(PATIENCE)
        .close_timeout(PATIENCE)
        .linger(Duration::from_millis(200));
    let mut connection = Connection::client(config, clock::now());
    let mut client = Client(Driver::new(&mut connection, Serial::start().expect("the port is free")));
    client.open();
    client.exchange();
    client.cancel_a_read();
    client.abort_a_write();
    client.hear_no_aborted_write();
    client.refuse_what_is_too_long();
    client.hold_up();
    client.close();
    hprintln!(
        "serial: {} bytes a connection, {} bytes of stack",
        size_of::<Connection<Memory>>(),
        stack::used()
    );
    debug::exit(debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::wfi();
    }
}

struct Client<'a>(Driver<'a, Memory, Serial>);

impl Client<'_> {
    fn connection(&mut self) -> &mut Connection<Memory> {
        self.0.connection
    }

    /// Drives until `reached`, asleep when there is nothing to do: a byte or the clock wakes.
    fn until(&mut self, what: &str, mut reached: impl FnMut(&mut Connection<Memory>) -> bool) {
        let start = clock::now();
        while !reached(self.connection()) {
            assert!(clock::now().since(start) < PATIENCE, "it never came to {what}");
            if !self.0.turn(clock::now()) {
                cortex_m::asm::wfi();
            }
        }
    }
}

// The steps.
impl Client<'_> {
    fn open(&mut self) {
        self.until("a welcome", |connection| connection.state() == State::Open);
        assert_eq!(self.connection().peer_message_limit(), HOST_LIMIT);
        hprintln!("serial: open");
    }

    /// Empty ones, whole ones and chunked ones.
    fn exchange(&mut self) {
        for (number, length) in (1..).zip([0, 1, 64, 65, 256]) {
            let request = self.connection().write(pattern(length, 1)).expect("room");
            assert_eq!(self.read(), pattern::<SIZE>(length, 2));
            let outcome = self.connection().take_write(request);
            assert!(matches!(outcome, Some(Outcome::Sent { number: sent }) if sent == number));
        }
        hprintln!("serial: messages both ways");
    }

    /// The first read has its message when it is cancelled. The host then does the same with what it is sent.
    // Mutant: a cancelled read takes its message along.
    fn cancel_a_read(&mut self) {
        let first = self.connection().read().expect("room");
        self.until("a message", |connection| is_ready(connection, first));
        let second = self.connection().read().expect("room");
        assert!(self.connection().cancel_read(first));
        assert_eq!(self.connection().take(second), Ok(Some(text("to whoever reads next on the machine"))));
        post(self.connection(), text("to whoever reads next on the host"));
        hprintln!("serial: a cancelled read leaves its message to the next read");
    }

    /// One chunk of four has left when the write is cancelled.
    // Mutant: the end of an aborted message is not told to the peer.
    fn abort_a_write(&mut self) {
        self.until("silence", |connection| !connection.has_output());
        let long = self.connection().write(pattern(256, 3)).expect("room");
        self.0.turn(clock::now());
        self.0.turn(clock::now());
        abort(&mut self.0, long);
        post(self.connection(), text("after the machine's abort"));
        hprintln!("serial: an aborted write");
    }

    fn hear_no_aborted_write(&mut self) {
        assert_eq!(self.read(), text::<SIZE>("after the host's abort"));
        assert_eq!(self.connection().stats().received.aborted, 1);
        hprintln!("serial: the host's aborted write is never seen, and the connection goes on");
    }

    /// The writer is told, has its payload back, and nothing has left.
    // Mutant: a message is not measured against the peer's limit.
    fn refuse_what_is_too_long(&mut self) {
        let Err(Rejected { payload, why }) = self.connection().write(pattern(257, 4)) else {
            panic!("longer than the peer takes, and it was queued")
        };
        assert_eq!(why, WriteRejection::TooLong { limit: HOST_LIMIT });
        assert_eq!(payload, pattern::<SIZE>(257, 4));
        post(self.connection(), pattern(256, 5));
        hprintln!("serial: what is too long is refused where it is written");
    }

    /// This side reads nothing until its queue, the port's ring and the hardware are full, which stops the line. Everything
    /// arrives, in order.
    // Mutant: the port drops the bytes for which its ring has no room, or never looks for the others again.
    fn hold_up(&mut self) {
        self.until("a full queue", |connection| !connection.wants_input());
        let full = clock::now();
        self.until("a pause", |_| clock::now().since(full) > Duration::from_millis(100));
        assert_eq!(self.connection().unread(), COUNT);
        for number in 0..20 {
            assert_eq!(self.read(), pattern::<SIZE>(100, number));
        }
        assert_eq!(self.connection().stats().received.most_queued, COUNT);
        hprintln!("serial: a full queue holds the host up");
    }

    // Mutant: the answer to a goodbye says one message less.
    fn close(&mut self) {
        post(self.connection(), text("the last"));
        let now = clock::now();
        self.connection().close(now, PATIENCE);
        self.until("an end", |connection| connection.is_finished());
        assert_eq!(self.connection().close_reason(), Some(CloseReason::Closed));
        assert_eq!(self.connection().closed(), Some(Closed::Clean));
        hprintln!("serial: closed, everything confirmed");
    }

    fn read(&mut self) -> Message {
        let read = self.connection().read().expect("room");
        self.until("a message", |connection| is_ready(connection, read));
        self.connection().take(read).ok().flatten().expect("it is ready")
    }
}
