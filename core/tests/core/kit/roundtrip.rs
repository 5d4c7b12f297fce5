//! Messages → bytes by the core → messages by a second reader, and the other way round.

mod ending;
mod incoming;
mod leaving;
mod outgoing;
mod together;

use core::time::Duration;

use bowline_core::{Config, Connection, Heap, Heartbeat, Instant};

use super::Memory;
use super::wire::{HELLO, WELCOME, greeting};

/// How often a program that reads wants a sign of life.
const HEARTBEAT: Heartbeat = Heartbeat { interval: Duration::from_secs(1), misses: 3 };
const NOW: fn() -> Instant = Instant::default;

/// Plays a script of what a program and its peer do, both ways, with every memory.
pub(crate) fn play_all(script: &[u8]) {
    play::<Heap>(script);
    #[cfg(feature = "heapless")]
    play::<super::Small>(script);
}

fn play<M: Memory>(script: &[u8]) {
    outgoing::play::<M>(Script::new(script));
    incoming::play::<M>(Script::new(script));
}

/// The bytes of a script, one decision each.
#[derive(Clone)]
struct Script<'a> {
    rest: &'a [u8],
    /// So many bytes of payload may still come; a script shall not take for ever.
    payload: usize,
}

impl<'a> Script<'a> {
    const fn new(rest: &'a [u8]) -> Self {
        Self { rest, payload: 24_000 }
    }

    fn next(&mut self) -> Option<usize> {
        self.rest.split_off_first().map(|&byte| usize::from(byte))
    }

    fn byte(&mut self) -> usize {
        self.next().unwrap_or(0)
    }

    /// The length of a message: mostly short, at times long for this memory.
    fn length<M: Memory>(&mut self) -> usize {
        let long = usize::try_from(M::MESSAGE_LIMIT.min(20_000)).expect("short");
        let length = match self.byte() {
            byte @ 0..200 => byte,
            byte => (byte - 199) * 37 * self.byte() % (long + 1),
        };
        let length = length.min(self.payload);
        self.payload -= length;
        length
    }
}

/// An open connection to a peer that wants a sign of life so often, in milliseconds.
fn open<M: Memory>(client: bool, config: Config, heartbeat: u32) -> Connection<M> {
    let mut end =
        if client { Connection::<M>::client(config, NOW()) } else { Connection::server(config, NOW()) };
    let kind = if client { WELCOME } else { HELLO };
    end.receive(NOW(), &greeting(kind, M::MESSAGE_LIMIT, heartbeat));
    end.accept(NOW());
    end
}
