//! A server and a client in one machine, joined by bytes in memory, each driven by hand: what bowline promises, step by
//! step. Prints the steps; the exit status says whether all of it held.

#![no_std]
#![no_main]

use core::time::Duration;

use bowline_core::{
    CloseReason, Closed, Config, Connection, Event, Inline, Outcome, Rejected, State, TaskId, WriteRejection,
};
use bowline_no_heap::drive::Driver;
use bowline_no_heap::line::{End, Line};
use bowline_no_heap::script::{PATIENCE, abort, is_ready, pattern, post, text};
use bowline_no_heap::{clock, stack};
use cortex_m::Peripherals;
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprintln};
use heapless::Vec;
use panic_semihosting as _;

/// So many messages wait on each side, each way.
const COUNT: usize = 3;
const SIZE: usize = 512;
/// The server takes shorter messages than it has memory for.
const SERVER_LIMIT: u32 = 256;
const CHUNK: u32 = 64;

type Memory = Inline<COUNT, SIZE>;
type Message = Vec<u8, SIZE>;
type Side<'a> = Driver<'a, Memory, End<'a>>;

#[entry]
fn main() -> ! {
    if let Some(peripherals) = Peripherals::take() {
        clock::start(peripherals.SYST);
    }
    let config = Config::new().chunk_size(CHUNK).linger(Duration::from_millis(50));
    let mut client = Connection::client(config, clock::now());
    let mut server = Connection::server(config.message_limit(SERVER_LIMIT), clock::now());
    let line = Line::default();
    let (near, far) = line.ends();
    let mut pair = Pair { client: Driver::new(&mut client, near), server: Driver::new(&mut server, far) };
    pair.open();
    pair.exchange();
    pair.cancel_a_read();
    pair.abort_a_write();
    pair.refuse_what_is_too_long();
    pair.hold_up();
    pair.close();
    hprintln!(
        "ring: {} bytes a connection, {} bytes of stack",
        size_of::<Connection<Memory>>(),
        stack::used()
    );
    debug::exit(debug::EXIT_SUCCESS);
    loop {
        cortex_m::asm::wfi();
    }
}

struct Pair<'a> {
    client: Side<'a>,
    server: Side<'a>,
}

impl Pair<'_> {
    fn turn(&mut self) {
        self.client.turn(clock::now());
        self.server.turn(clock::now());
    }

    /// Drives both sides until `reached`.
    fn until(&mut self, what: &str, mut reached: impl FnMut(&mut Self) -> bool) {
        for _ in 0..PATIENCE {
            self.turn();
            if reached(self) {
                return;
            }
        }
        panic!("it never came to {what}");
    }
}

// The steps.
impl Pair<'_> {
    fn open(&mut self) {
        self.until("a hello", |pair| pair.server.connection.poll_event() == Some(Event::Arrived));
        self.server.connection.accept(clock::now());
        self.until("a welcome", |pair| pair.client.connection.state() == State::Open);
        assert_eq!(self.client.connection.peer_message_limit(), SERVER_LIMIT);
        hprintln!("ring: open");
    }

    /// Empty ones, whole ones and chunked ones.
    fn exchange(&mut self) {
        for (number, length) in (1..).zip([0, 1, 64, 65, 256]) {
            let request = self.client.connection.write(pattern(length, 1)).expect("room");
            assert_eq!(self.read_at_server(), pattern::<SIZE>(length, 1));
            let outcome = self.client.connection.take_write(request);
            assert!(matches!(outcome, Some(Outcome::Sent { number: sent }) if sent == number));
            post(self.server.connection, pattern(length, 2));
            let answer = self.client.connection.read().expect("room");
            self.until("an answer", |pair| is_ready(pair.client.connection, answer));
            assert_eq!(self.client.connection.take(answer), Ok(Some(pattern(length, 2))));
        }
        hprintln!("ring: messages both ways");
    }

    /// The first read has its message when it is cancelled.
    // Mutant: a cancelled read takes its message along.
    fn cancel_a_read(&mut self) {
        let first = self.server.connection.read().expect("room");
        let second = self.server.connection.read().expect("room");
        post(self.client.connection, text("to whoever reads next"));
        self.until("a message", |pair| is_ready(pair.server.connection, first));
        assert!(self.server.connection.cancel_read(first));
        assert_eq!(self.server.connection.take(second), Ok(Some(text("to whoever reads next"))));
        hprintln!("ring: a cancelled read leaves its message to the next read");
    }

    /// One chunk of four has left when the write is cancelled.
    // Mutant: the end of an aborted message is not told to the peer.
    fn abort_a_write(&mut self) {
        let long = self.client.connection.write(pattern(256, 3)).expect("room");
        self.turn();
        self.turn();
        abort(&mut self.client, long);
        post(self.client.connection, text("after the abort"));
        assert_eq!(self.read_at_server(), text::<SIZE>("after the abort"));
        assert_eq!(self.server.connection.stats().received.aborted, 1);
        hprintln!("ring: an aborted write is never seen, and the connection goes on");
    }

    /// The writer is told, has its payload back, and nothing has left.
    // Mutant: a message is not measured against the peer's limit.
    fn refuse_what_is_too_long(&mut self) {
        let Err(Rejected { payload, why }) = self.client.connection.write(pattern(257, 4)) else {
            panic!("longer than the peer takes, and it was queued")
        };
        assert_eq!(why, WriteRejection::TooLong { limit: SERVER_LIMIT });
        assert_eq!(payload, pattern::<SIZE>(257, 4));
        post(self.client.connection, pattern(256, 5));
        assert_eq!(self.read_at_server(), pattern::<SIZE>(256, 5));
        hprintln!("ring: what is too long is refused where it is written");
    }

    /// The server reads only when it is full, which stops the line; everything arrives, in order.
    // Mutant: the driver drops the bytes that the connection has no room for.
    fn hold_up(&mut self) {
        let (mut written, mut read) = (0, 0);
        while read < 12 {
            if written < 12 && self.client.connection.try_write(pattern(100, written)).is_ok() {
                written += 1;
            }
            self.turn();
            self.take_ends();
            let full = self.server.connection.unread() == COUNT && !self.server.connection.wants_input();
            if (full || written == 12)
                && let Some(message) = self.server.connection.take_unclaimed()
            {
                assert_eq!(message, pattern::<SIZE>(100, read));
                read += 1;
            }
        }
        assert_eq!(self.server.connection.stats().received.most_queued, COUNT);
        hprintln!("ring: a full queue holds the writer up");
    }

    // Mutant: the answer to a goodbye says one message less.
    fn close(&mut self) {
        post(self.client.connection, text("the last"));
        self.client.connection.close(clock::now(), Duration::from_secs(5));
        self.until("an end", |pair| {
            pair.client.connection.is_finished() && pair.server.connection.is_finished()
        });
        assert_eq!(self.server.connection.take_unclaimed(), Some(text("the last")));
        assert_eq!(self.client.connection.close_reason(), Some(CloseReason::Closed));
        assert_eq!(self.server.connection.close_reason(), Some(CloseReason::PeerClosed));
        assert_eq!(self.client.connection.closed(), Some(Closed::Clean));
        assert_eq!(self.server.connection.closed(), Some(Closed::Clean));
        hprintln!("ring: closed, everything confirmed on both sides");
    }
}

impl Pair<'_> {
    fn read_at_server(&mut self) -> Message {
        let read: TaskId = self.server.connection.read().expect("room");
        self.until("a message", |pair| is_ready(pair.server.connection, read));
        self.server.connection.take(read).ok().flatten().expect("it is ready")
    }

    /// Those of the client's writes.
    fn take_ends(&mut self) {
        while let Some(event) = self.client.connection.poll_event() {
            if let Event::WriteDone(write) = event {
                self.client.connection.take_write(write);
            }
        }
    }
}
