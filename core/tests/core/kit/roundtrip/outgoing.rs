//! A program writes, a second reader reads.

use core::time::Duration;

use bowline_core::{
    Cancelled, Closed, Config, Connection, Outcome, Rejected, State, Status, TaskId, WriteRejection,
};

use super::super::pair::shown;
use super::super::spec::{Place, Reader};
use super::super::wire::{GOODBYE, HELLO, PING, PONG, WELCOME, frame, goodbye, goodbye_ack, output};
use super::super::{Memory, message};
use super::ending::Ending;
use super::{NOW, Script, open};

/// Plays the script; its first bytes say who plays it, with what settings, and how it ends.
pub(super) fn play<M: Memory>(mut script: Script<'_>) {
    let mut play = Outgoing::<M>::new(&mut script);
    let ending = Ending::choose(script.byte());
    while let Some(operation) = script.next() {
        play.step(operation, &mut script);
        while play.end.poll_event().is_some() {}
        assert_eq!(play.end.close_reason(), None, "after {operation}");
    }
    match ending {
        None => play.part(),
        Some(ending) => play.break_off(ending),
    }
}

/// What became of a message so far.
pub(super) enum Fate {
    Queued(TaskId),
    /// It arrives, and nobody here will hear of it.
    Sent,
    Withdrawn,
}

pub(super) struct Outgoing<M: Memory> {
    pub(super) end: Connection<M>,
    pub(super) reader: Reader,
    pub(super) wire: Vec<u8>,
    lent: usize,
    pub(super) messages: Vec<(Vec<u8>, Fate)>,
    pings: Vec<Vec<u8>>,
}

impl<M: Memory> Outgoing<M> {
    fn new(script: &mut Script<'_>) -> Self {
        let (client, chunk, queue) = (script.byte().is_multiple_of(2), script.byte(), script.byte());
        let config =
            Config::new().chunk_size(u32::try_from(chunk).expect("a byte")).queue_messages(queue % 9);
        let end = open(client, config.queue_bytes(1 << 16), 0);
        let place = Place::Opening(if client { HELLO } else { WELCOME });
        let reader = Reader::new(place, M::MESSAGE_LIMIT);
        Self { end, reader, wire: Vec::new(), lent: 0, messages: Vec::new(), pings: Vec::new() }
    }

    fn step(&mut self, operation: usize, script: &mut Script<'_>) {
        match operation % 12 {
            0 if operation >= 128 => self.write_batch(script),
            1 if operation >= 128 => self.post(script.length::<M>()),
            0..3 => self.write(script.length::<M>(), Connection::write),
            3 => self.write(script.length::<M>(), Connection::try_write),
            4 | 5 => self.send(script.byte() * 4),
            6 => self.lend(script.byte()),
            7 => self.confirm(script.byte()),
            8 => self.cancel(script.byte()),
            9 => self.detach(script.byte()),
            10 => self.take(script.byte()),
            _ if operation < 128 => self.ping(operation),
            _ => self.change_its_mind(),
        }
    }

    fn write(
        &mut self,
        length: usize,
        write: impl FnOnce(&mut Connection<M>, M::Payload) -> Result<TaskId, Rejected<M::Payload>>,
    ) {
        let payload = message(self.messages.len(), length);
        match write(&mut self.end, M::payload(&payload)) {
            Ok(id) => self.messages.push((payload, Fate::Queued(id))),
            Err(rejected) => {
                assert_eq!(rejected.why, WriteRejection::Full);
                assert!(rejected.payload.as_ref() == payload, "handed back as it was");
            }
        }
    }

    pub(super) fn send(&mut self, most: usize) {
        let bytes = shown(&mut self.end, most);
        self.end.transmitted(self.lent + bytes.len());
        self.lent = 0;
        self.wire.extend(bytes);
    }

    fn lend(&mut self, most: usize) {
        let bytes = shown(&mut self.end, most);
        self.end.lend(bytes.len());
        self.lent += bytes.len();
        self.wire.extend(bytes);
        assert_eq!(self.end.has_lent(), self.lent > 0);
    }

    pub(super) fn confirm(&mut self, most: usize) {
        let count = self.lent.min(most);
        self.end.transmitted(count);
        self.lent -= count;
    }

    fn cancel(&mut self, at: usize) {
        let Some((index, id)) = self.queued(at) else { return };
        let (payload, fate) = &mut self.messages[index];
        *fate = match self.end.cancel_write(id).expect("it has not ended") {
            Cancelled::Recalled(recalled) => {
                assert!(recalled.as_ref() == *payload, "another message is recalled");
                Fate::Withdrawn
            }
            Cancelled::Aborted => Fate::Withdrawn,
            Cancelled::TooLate => Fate::Sent,
            other => panic!("{other:?} on a connection that lives"),
        };
        assert_eq!(self.end.cancel_write(id), None, "it has ended");
    }

    fn detach(&mut self, at: usize) {
        let Some((index, id)) = self.queued(at) else { return };
        if self.end.detach_write(id).expect("it has not ended") {
            self.messages[index].1 = Fate::Sent;
        }
    }

    fn take(&mut self, at: usize) {
        let Some((index, id)) = self.queued(at) else { return };
        match self.end.take_write(id) {
            None => assert_eq!(self.end.write_status(id), Some(Status::Pending)),
            Some(Outcome::Sent { number }) => {
                let before =
                    self.messages[..index].iter().filter(|(_, fate)| !matches!(fate, Fate::Withdrawn));
                assert_eq!(number, before.count() as u64 + 1);
                self.messages[index].1 = Fate::Sent;
            }
            Some(other) => panic!("{other:?} on a connection that lives"),
        }
    }

    /// The peer asks for a sign of life, or sends what this version does not know.
    fn ping(&mut self, operation: usize) {
        let token = vec![u8::try_from(operation).expect("a byte"); 8];
        self.end.receive(NOW(), &frame(0x80, &token));
        self.end.receive(NOW(), &frame(PING, &token));
        self.pings.push(token);
    }

    /// A close that nobody was told of can be taken back.
    fn change_its_mind(&mut self) {
        self.end.close(NOW(), Duration::from_secs(5));
        let rejected = self.end.write(M::payload(b"x")).expect_err("it is closing");
        assert!(matches!(rejected.why, WriteRejection::Closed(_)));
        assert!(self.end.cancel_close() && !self.end.cancel_close());
        assert_eq!(self.end.state(), State::Open);
    }

    fn queued(&self, at: usize) -> Option<(usize, TaskId)> {
        let queued = self.messages.iter().enumerate().filter_map(|(index, (_, fate))| match fate {
            Fate::Queued(id) => Some((index, *id)),
            Fate::Sent | Fate::Withdrawn => None,
        });
        let queued: Vec<_> = queued.collect();
        queued.get(at % queued.len().max(1)).copied()
    }

    /// Everything leaves, both sides say goodbye, and what arrived is what was not withdrawn.
    fn part(mut self) {
        self.end.close(NOW(), Duration::from_secs(5));
        self.confirm(usize::MAX);
        self.wire.extend(output(&mut self.end));
        let reader = self.reader.read(&self.wire);
        assert!(reader.stop.is_none() && !reader.is_mid_message(), "{:?}", reader.stop);
        let kept = self.messages.iter().filter(|(_, fate)| !matches!(fate, Fate::Withdrawn));
        assert!(kept.map(|(payload, _)| payload).eq(&reader.messages), "other messages arrive");
        let count = reader.arrived;
        let pong = |(kind, token): &(u8, Vec<u8>)| *kind == PONG && self.pings.contains(token);
        let (last, pongs) = reader.controls.split_last().expect("a goodbye");
        assert_eq!(*last, (GOODBYE, count.to_le_bytes().to_vec()));
        assert!(pongs.iter().all(pong), "{pongs:?}");
        assert_eq!(pongs.last().map(|(_, token)| token), self.pings.last(), "the last ping is answered");
        self.end.receive(NOW(), &[goodbye_ack(count), goodbye(0)].concat());
        assert_eq!(output(&mut self.end), goodbye_ack(0));
        assert_eq!(self.end.closed(), Some(Closed::Clean));
    }
}
