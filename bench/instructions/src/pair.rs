//! Two ends of a connection, and bytes carried between them in memory.

use bowline_core::{Config, Connection, Heap, Instant};

/// As much as a driver reads or copies together at once.
const BLOCK: usize = 64 << 10;
/// From here on a message is sent from where it is.
const LONG: usize = 64 << 10;

pub(crate) type End = Connection<Heap>;

/// A client and a server with an open connection, and a driver's block.
pub(crate) struct Pair {
    pub(crate) client: End,
    pub(crate) server: End,
    pub(crate) block: Vec<u8>,
}

impl Pair {
    pub(crate) fn open() -> Self {
        let (client, server) = (End::client(config(), now()), End::server(config(), now()));
        let mut pair = Self { client, server, block: vec![0; BLOCK] };
        pair.shake_hands();
        pair
    }

    /// A new connection in place of the old one.
    pub(crate) fn reopen(&mut self) {
        self.client = End::client(config(), now());
        self.server = End::server(config(), now());
        self.shake_hands();
    }

    fn shake_hands(&mut self) {
        self.upwards();
        drain(&mut self.server);
        self.server.accept(now());
        self.downwards();
        drain(&mut self.client);
    }

    /// All that the client has to send.
    pub(crate) fn upwards(&mut self) {
        carry(&mut self.client, &mut self.server, &mut self.block);
    }

    /// All that the server has to send.
    pub(crate) fn downwards(&mut self) {
        carry(&mut self.server, &mut self.client, &mut self.block);
    }
}

pub(crate) fn now() -> Instant {
    Instant::default()
}

/// Hears all events, as a driver does.
pub(crate) fn drain(end: &mut End) {
    while end.poll_event().is_some() {}
}

/// What an end has to send, a block at a time, as a driver does: short messages copied together, long ones from where they
/// are.
pub(crate) fn send(end: &mut End, block: &mut [u8], mut each: impl FnMut(&[u8])) {
    while end.has_output() {
        let gathered = end.gather(block, LONG);
        if gathered > 0 {
            each(&block[..gathered]);
            end.transmitted(gathered);
            continue;
        }
        let mut slices: [&[u8]; 16] = [&[]; 16];
        let filled = end.transmit(&mut slices);
        let length = slices[..filled].iter().map(|slice| slice.len()).sum();
        slices[..filled].iter().for_each(|slice| each(slice));
        end.transmitted(length);
    }
}

fn carry(from: &mut End, to: &mut End, block: &mut [u8]) {
    send(from, block, |bytes| assert_eq!(to.receive(now(), bytes), bytes.len(), "there is room"));
}

fn config() -> Config {
    Config::new().queue_messages(4096).queue_bytes(64 << 20)
}
