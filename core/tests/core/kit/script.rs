//! A script of operations on both ends, read from bytes, against the reference in `model`.

mod check;
mod transport;

use core::time::Duration;

use bowline_core::{Cancelled, Refusal, State, TaskId, Text, TransportErrorKind, WriteRejection};

use super::model::{End, Flow, Settings};
use super::pair::{Pair, Side};
use super::{Memory, message};

/// Plays a script. Every sequence of bytes is one.
pub(crate) fn play<M: Memory>(script: &[u8]) {
    let mut rest = script.iter();
    let settings = Settings::choose(|| rest.next().copied().unwrap_or(0));
    let pair = Pair::open_with(settings.config(), settings.config());
    let (flows, lent) = (<[Flow; 2]>::default(), [0; 2]);
    let (torn, closing, written, strict) = (false, false, 0, [true; 2]);
    let mut player = Player::<M> { pair, flows, lent, rest, settings, torn, closing, written, strict };
    while let Some(operation) = player.rest.next().copied() {
        player.step(operation);
        player.check();
    }
    player.finish();
}

struct Player<'a, M: Memory> {
    pair: Pair<M>,
    /// Of the client's writes, and of the server's.
    flows: [Flow; 2],
    /// Bytes that the transport has taken over and not confirmed.
    lent: [usize; 2],
    rest: core::slice::Iter<'a, u8>,
    settings: Settings,
    /// Something happened after which messages may be lost.
    torn: bool,
    closing: bool,
    written: usize,
    /// A side was abandoned, if ever, while no goodbye had come: it confirms only what was read.
    strict: [bool; 2],
}

// The operations.
impl<M: Memory> Player<'_, M> {
    fn byte(&mut self) -> usize {
        self.rest.next().copied().map_or(0, usize::from)
    }

    fn step(&mut self, operation: u8) {
        let side = if operation & 0x80 == 0 { Side::Client } else { Side::Server };
        match operation % 32 {
            0..=5 => self.write(side, false),
            6 => self.write(side, true),
            7..=9 => self.read(side),
            10..=13 => self.take(side),
            14 => self.take_unclaimed(side),
            15 | 16 => self.cancel_read(side),
            17 | 18 => self.cancel_write(side),
            19 => self.let_go(side),
            20 => self.take_write(side),
            21..=23 => self.send(side),
            24..=26 => self.deliver(side),
            27 => self.lend(side),
            28 => self.confirm(side),
            29 => self.rare(side),
            30 => while self.pair.end(side).poll_event().is_some() {},
            _ => self.drive(),
        }
    }

    fn write(&mut self, side: Side, only_with_room: bool) {
        let length = self.byte() * if self.written.is_multiple_of(5) { 4 } else { 1 };
        let bytes = message(self.written, length);
        let end = self.pair.end(side);
        let payload = M::payload(&bytes);
        let done = if only_with_room { end.try_write(payload) } else { end.write(payload) };
        match done {
            Ok(id) => self.flows[side as usize].wrote(id, bytes),
            Err(rejected) => {
                assert_eq!(rejected.payload.as_ref(), &bytes[..]);
                assert!(matches!(rejected.why, WriteRejection::Full | WriteRejection::Closed(_)));
            }
        }
        self.written += 1;
    }

    fn read(&mut self, side: Side) {
        if let Ok(read) = self.pair.end(side).read() {
            self.incoming(side).reads.push(read);
        }
    }

    fn take(&mut self, side: Side) {
        let chosen = self.byte();
        if let Some(read) = pick(&self.incoming(side).reads, chosen).copied() {
            self.take_this(side, read);
        }
    }

    fn take_this(&mut self, side: Side, read: TaskId) {
        let taken = self.pair.end(side).take(read);
        let taken = taken.as_ref().map(|payload| payload.as_ref().map(AsRef::as_ref)).map_err(|error| *error);
        self.incoming(side).take(read, taken);
    }

    fn take_unclaimed(&mut self, side: Side) {
        let taken = self.pair.end(side).take_unclaimed();
        self.incoming(side).take_unclaimed(taken.as_ref().map(AsRef::as_ref));
    }

    fn cancel_read(&mut self, side: Side) {
        let chosen = self.byte();
        if let Some(read) = pick(&self.incoming(side).reads, chosen).copied() {
            assert!(self.pair.end(side).cancel_read(read));
            self.incoming(side).reads.retain(|&live| live != read);
        }
    }

    fn cancel_write(&mut self, side: Side) {
        let Some(index) = self.choose_write(side) else { return };
        let write = &self.flows[side as usize].writes[index];
        let end = match self.pair.end(side).cancel_write(write.id).expect("an owned write") {
            Cancelled::Recalled(payload) => {
                assert_eq!(payload.as_ref(), &write.message[..]);
                End::Recalled
            }
            Cancelled::Aborted => End::Aborted,
            Cancelled::TooLate => End::TooLate,
            _ => End::Unknown,
        };
        self.flows[side as usize].ended(index, end);
    }

    /// Detaches a write, or forgets it: nobody will ever ask for it.
    fn let_go(&mut self, side: Side) {
        let Some(index) = self.choose_write(side) else { return };
        let write = &mut self.flows[side as usize].writes[index];
        let forget = write.id.number().is_multiple_of(8);
        write.owned = !forget && self.pair.end(side).detach_write(write.id) != Some(true);
    }

    fn take_write(&mut self, side: Side) {
        let Some(index) = self.choose_write(side) else { return };
        let id = self.flows[side as usize].writes[index].id;
        if let Some(outcome) = self.pair.end(side).take_write(id) {
            self.flows[side as usize].ended(index, End::of(&outcome));
        }
    }

    fn rare(&mut self, side: Side) {
        match self.byte() {
            0..=15 => self.close(side, 60),
            16..=20 => {
                self.pair.end(side).cancel_close();
            }
            21..=99 => self.pass_time(),
            danger @ 100..=119 => self.tear(side, danger),
            _ => {}
        }
    }

    /// Pings fall due; now and then a timer goes off, which may end the connection or the patience of a closing side.
    fn pass_time(&mut self) {
        match self.byte() {
            0..=30 => _ = self.pair.jump(),
            tenths => self.pair.elapse(Duration::from_millis(5 * tenths as u64)),
        }
        let over = Side::BOTH.map(|side| self.pair.end(side).state() == State::Closed);
        self.torn |= self.closing || over.contains(&true);
    }

    fn close(&mut self, side: Side, seconds: u64) {
        self.closing = true;
        let now = self.pair.now;
        self.pair.end(side).close(now, Duration::from_secs(seconds));
    }

    fn tear(&mut self, side: Side, danger: usize) {
        self.torn = true;
        let (now, error) = (self.pair.now, TransportErrorKind::Reset.into());
        let end = self.pair.end(side);
        match danger % 6 {
            0 => {
                self.strict[side as usize] = end.state() == State::Open;
                end.abandon(now);
                self.incoming(side).abandon();
            }
            1 => end.abort(),
            2 => end.handle_error(error),
            3 => {
                end.handle_write_error(error);
                self.pair.pipe(side.other()).ended = true;
            }
            4 => end.refuse(now, Refusal::Application(0x1234), Text::EMPTY),
            _ => {
                let pipe = self.pair.pipe(side);
                (pipe.ended, _) = (true, pipe.bytes.clear());
            }
        }
    }
}

// The choices.
impl<M: Memory> Player<'_, M> {
    fn incoming(&mut self, side: Side) -> &mut Flow {
        &mut self.flows[side.other() as usize]
    }

    fn choose_write(&mut self, side: Side) -> Option<usize> {
        let chosen = self.byte();
        let writes = self.flows[side as usize].writes.iter().enumerate();
        let owned: Vec<usize> = writes.filter(|(_, write)| write.owned).map(|(index, _)| index).collect();
        pick(&owned, chosen).copied()
    }
}

/// The element that a byte chooses.
fn pick<T>(from: &[T], chosen: usize) -> Option<&T> {
    from.get(chosen % from.len().max(1))
}
