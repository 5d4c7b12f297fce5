//! Two ends, a pipe each way, and virtual time.

use core::time::Duration;
use std::collections::VecDeque;

use bowline_core::{Config, Connection, Event, Instant, State, TaskId};

use super::Memory;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Client,
    Server,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::Client, Self::Server];

    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// Bytes on their way to one end.
#[derive(Debug, Default)]
pub(crate) struct Pipe {
    pub(crate) bytes: VecDeque<u8>,
    /// The sender has shut down writing.
    pub(crate) ended: bool,
    told: bool,
}

impl Pipe {
    /// Takes bytes over; what comes after the end is lost.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        if !self.ended {
            self.bytes.extend(bytes);
        }
    }
}

pub(crate) struct Pair<M: Memory> {
    pub(crate) client: Connection<M>,
    pub(crate) server: Connection<M>,
    pub(crate) now: Instant,
    to_client: Pipe,
    to_server: Pipe,
}

/// The configuration that most tests use: short chunks, so that both memories see chunks.
pub(crate) fn config() -> Config {
    Config::new().chunk_size(64)
}

impl<M: Memory> Pair<M> {
    pub(crate) fn new(client: Config, server: Config) -> Self {
        let now = Instant::from_origin(Duration::from_secs(1000));
        let (client, server) = (Connection::client(client, now), Connection::server(server, now));
        Self { client, server, now, to_client: Pipe::default(), to_server: Pipe::default() }
    }

    /// An open connection.
    pub(crate) fn open() -> Self {
        Self::open_with(config(), config())
    }

    pub(crate) fn open_with(client: Config, server: Config) -> Self {
        let mut pair = Self::new(client, server);
        pair.drive();
        pair.server.accept(pair.now);
        pair.drive();
        for side in Side::BOTH {
            assert_eq!(pair.end(side).state(), State::Open);
            while pair.end(side).poll_event().is_some() {}
        }
        pair
    }

    pub(crate) const fn end(&mut self, side: Side) -> &mut Connection<M> {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// What is on its way to this side.
    pub(crate) const fn pipe(&mut self, to: Side) -> &mut Pipe {
        match to {
            Side::Client => &mut self.to_client,
            Side::Server => &mut self.to_server,
        }
    }

    pub(crate) fn write(&mut self, from: Side, bytes: &[u8]) -> TaskId {
        self.end(from).write(M::payload(bytes)).expect("an open connection takes a write")
    }

    /// Reads a message that has come.
    pub(crate) fn read(&mut self, side: Side) -> Option<Vec<u8>> {
        let read = self.end(side).read().expect("room for a read");
        let message = self.end(side).take(read).ok().flatten().map(|payload| payload.as_ref().to_vec());
        self.end(side).cancel_read(read);
        message
    }

    pub(crate) fn events(&mut self, side: Side) -> Vec<Event> {
        core::iter::from_fn(|| self.end(side).poll_event()).collect()
    }
}

// The transport.
impl<M: Memory> Pair<M> {
    /// Moves at most `most` bytes out of one end into the pipe, as a socket with so much room would.
    pub(crate) fn send(&mut self, from: Side, most: usize) -> usize {
        let bytes = shown(self.end(from), most);
        if !bytes.is_empty() {
            self.end(from).transmitted(bytes.len());
            self.pipe(from.other()).put(&bytes);
        }
        bytes.len()
    }

    /// Gives at most `most` bytes of the pipe to an end; through `recv_buf` where there is one if `directly`.
    pub(crate) fn deliver(&mut self, to: Side, most: usize, directly: bool) -> usize {
        let now = self.now;
        let (end, pipe) = match to {
            Side::Client => (&mut self.client, &mut self.to_client),
            Side::Server => (&mut self.server, &mut self.to_server),
        };
        if end.is_finished() {
            pipe.bytes.clear();
        }
        let mut used = 0;
        while used < most && end.wants_input() && !pipe.bytes.is_empty() {
            let count = pipe.bytes.len().min(most - used);
            let step = take_in(end, now, &pipe.bytes.make_contiguous()[..count], directly);
            pipe.bytes.drain(..step);
            used += step;
            if step == 0 {
                break;
            }
        }
        if pipe.bytes.is_empty() && pipe.ended && !pipe.told && !end.is_finished() {
            pipe.told = true;
            end.handle_eof();
            used += 1;
        }
        used
    }

    /// Moves at most `most` bytes from one end to the other.
    pub(crate) fn carry(&mut self, from: Side, most: usize) -> usize {
        let count = self.send(from, most);
        self.deliver(from.other(), most, false);
        count
    }

    /// Shuts a side's write direction down if it wants that, or is done with the transport.
    pub(crate) fn shut(&mut self, side: Side) -> bool {
        let end = self.end(side);
        let (wants, gone) = (end.wants_shutdown(), end.is_finished());
        if wants {
            end.handle_shutdown();
        }
        let ended = &mut self.pipe(side.other()).ended;
        let changed = wants || (gone && !*ended);
        *ended |= wants || gone;
        changed
    }

    /// Lets everything happen that can happen now.
    pub(crate) fn drive(&mut self) {
        while self.turn() {}
    }

    fn turn(&mut self) -> bool {
        let mut moved = false;
        for side in Side::BOTH {
            nap(self.end(side));
            moved |= self.send(side, usize::MAX) > 0;
            moved |= self.deliver(side.other(), usize::MAX, false) > 0;
            moved |= self.shut(side);
        }
        moved
    }
}

/// Whatever can sleep does so, and is afterwards as it was.
fn nap<M: Memory>(end: &mut Connection<M>) {
    let seen = |end: &Connection<M>| {
        let asks =
            [end.has_output(), end.has_lent(), end.wants_input(), end.wants_shutdown(), end.is_finished()];
        let holds = (end.unread(), end.queued_reads(), end.queued_writes());
        (end.state(), end.stats(), end.poll_timeout(), end.peer_message_limit(), asks, holds)
    };
    if let Some(idle) = end.idle() {
        let resumed = idle.resume();
        assert_eq!(seen(&resumed), seen(end));
        *end = resumed;
    }
}

// Time.
impl<M: Memory> Pair<M> {
    /// Lets time pass, with every timer going off at its time and everything that follows from it.
    pub(crate) fn wait(&mut self, duration: Duration) {
        let until = self.now + duration;
        let mut spins = 0;
        while let Some(next) = self.next_timeout().filter(|&next| next <= until) {
            spins = if next > self.now { 0 } else { spins + 1 };
            assert!(spins < 20, "a timer goes off again and again");
            self.at(next);
            self.drive();
        }
        self.at(until);
        self.drive();
    }

    /// Lets time pass without moving a byte.
    pub(crate) fn elapse(&mut self, duration: Duration) {
        self.at(self.now + duration);
    }

    fn next_timeout(&self) -> Option<Instant> {
        [self.client.poll_timeout(), self.server.poll_timeout()].into_iter().flatten().min()
    }

    fn at(&mut self, now: Instant) {
        self.now = self.now.max(now);
        self.client.handle_timeout(self.now);
        self.server.handle_timeout(self.now);
    }
}

/// At most `most` of the bytes that an end has to send; it shows the same ones either way.
pub(crate) fn shown<M: Memory>(end: &mut Connection<M>, most: usize) -> Vec<u8> {
    let mut slices: [&[u8]; 64] = [&[]; 64];
    let filled = end.transmit(&mut slices);
    let bytes: Vec<u8> = slices[..filled].iter().flat_map(|slice| slice.iter().copied()).take(most).collect();
    let mut gathered = vec![0; bytes.len()];
    assert_eq!(end.gather(&mut gathered, usize::MAX), bytes.len());
    assert!(gathered == bytes, "gather shows other bytes than transmit");
    bytes
}

fn take_in<M: Memory>(end: &mut Connection<M>, now: Instant, bytes: &[u8], directly: bool) -> usize {
    let room = if directly { end.recv_buf() } else { &mut [] };
    if room.is_empty() {
        return end.receive(now, bytes);
    }
    let count = room.len().min(bytes.len());
    room[..count].copy_from_slice(&bytes[..count]);
    end.recv_advance(now, count);
    count
}
