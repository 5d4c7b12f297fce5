//! A second writer writes, a program reads.

use bowline_core::storage::Pack;
use bowline_core::{Closed, Config, Connection, TaskId};

use super::super::wire::{ABORT, CHUNK, MESSAGE, PING, PONG, begin, frame, goodbye, goodbye_ack, output};
use super::super::{Memory, message};
use super::leaving::Leaving;
use super::{HEARTBEAT, NOW, Script, open};

/// Plays the script, twice: for what is sent, and for how it is cut and read.
pub(super) fn play<M: Memory>(mut script: Script<'_>) {
    let mut play = Incoming::<M>::new(&mut script);
    let leaving = Leaving::choose(script.byte());
    let mut cuts = script.clone();
    while let Some(operation) = script.next() {
        play.encode(operation, &mut script);
    }
    play.wire.extend(goodbye(play.sent.len() as u64));
    let wire = core::mem::take(&mut play.wire);
    match leaving {
        None => play.read_all(&wire, &mut cuts),
        Some(leaving) => play.leave(leaving, &wire, &mut cuts),
    }
}

pub(super) struct Incoming<M: Memory> {
    pub(super) end: Connection<M>,
    wire: Vec<u8>,
    pub(super) sent: Vec<Vec<u8>>,
    aborted: usize,
    pinged: bool,
    reads: Vec<TaskId>,
    pub(super) came: Vec<Vec<u8>>,
}

impl<M: Memory> Incoming<M> {
    fn new(script: &mut Script<'_>) -> Self {
        let (client, queue) = (script.byte().is_multiple_of(2), script.byte());
        let config = Config::new().queue_messages(queue % 9).queue_bytes(1 << 16).heartbeat(Some(HEARTBEAT));
        let mut end = open(client, config, 1000);
        output(&mut end);
        let (wire, sent, reads, came) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { end, wire, sent, aborted: 0, pinged: false, reads, came }
    }

    fn encode(&mut self, operation: usize, script: &mut Script<'_>) {
        let payload = message(self.sent.len(), script.length::<M>());
        match operation % 8 {
            0..4 => self.wire.extend(frame(MESSAGE, &payload)),
            4 => self.control(operation),
            _ if payload.is_empty() => {}
            5 if self.aborted < 256 => {
                self.announce(&payload[..payload.len() - 1], payload.len(), script);
                self.wire.extend(frame(ABORT, &[]));
                self.aborted += 1;
                return;
            }
            _ => self.announce(&payload, payload.len(), script),
        }
        if !matches!(operation % 8, 4) && (operation % 8 < 4 || !payload.is_empty()) {
            self.sent.push(payload);
        }
    }

    /// Announces `total` bytes and sends these in chunks, with control frames between them.
    fn announce(&mut self, mut bytes: &[u8], total: usize, script: &mut Script<'_>) {
        self.wire.extend(begin(u32::try_from(total).expect("short")));
        while !bytes.is_empty() {
            let size = (script.byte() * 16 + 1).min(bytes.len());
            self.wire.extend(frame(CHUNK, &bytes[..size]));
            bytes = &bytes[size..];
            if size % 64 == 1 {
                self.control(size);
            }
        }
    }

    fn control(&mut self, choice: usize) {
        self.pinged |= choice.is_multiple_of(3);
        self.wire.extend(match choice % 3 {
            0 => frame(PING, &[7; 8]),
            1 => frame(PONG, &[7; 8]),
            _ => frame(0xFF, &vec![7; choice]),
        });
    }

    /// The program takes everything.
    fn read_all(mut self, wire: &[u8], cuts: &mut Script<'_>) {
        self.deliver(wire, cuts);
        assert!(self.came == self.sent, "{} of {} messages", self.came.len(), self.sent.len());
        self.finish();
    }

    fn deliver(&mut self, mut bytes: &[u8], cuts: &mut Script<'_>) {
        let mut spare = 0;
        while !bytes.is_empty() {
            let cut = cuts.next().unwrap_or(usize::MAX);
            if self.end.wants_input() {
                let used = self.take_in(&bytes[..cut.max(1).min(bytes.len())], cut.is_multiple_of(2));
                bytes = &bytes[used..];
            } else {
                self.collect();
                spare += 1;
                assert!(spare < 1 << 14 && self.end.wants_input(), "room does not help");
            }
            self.queue_reads(cut);
        }
        self.collect();
    }

    pub(super) fn take_in(&mut self, bytes: &[u8], directly: bool) -> usize {
        let room = if directly { self.end.recv_buf() } else { &mut [] };
        if room.is_empty() {
            return self.end.receive(NOW(), bytes);
        }
        let count = room.len().min(bytes.len());
        room[..count].copy_from_slice(&bytes[..count]);
        self.end.recv_advance(NOW(), count);
        count
    }

    /// Reads come and go while messages do.
    fn queue_reads(&mut self, cut: usize) {
        match cut % 5 {
            0 | 1 => self.reads.extend(self.end.read().ok()),
            2 if !self.reads.is_empty() => {
                let read = self.reads.remove(cut % self.reads.len());
                assert!(self.end.cancel_read(read) && !self.end.cancel_read(read));
            }
            3 => self.collect(),
            _ => {}
        }
        assert_eq!(self.end.queued_reads(), self.reads.len());
    }

    /// Takes what has come: first what reads own, then the rest.
    pub(super) fn collect(&mut self) {
        while self.end.poll_event().is_some() {}
        while let Some(&read) = self.reads.first() {
            let taken = self.end.take(read);
            if taken == Ok(None) {
                break;
            }
            self.reads.remove(0);
            // A read beyond the last message ends with the goodbye.
            self.came.extend(taken.ok().flatten().map(|payload| payload.as_ref().to_vec()));
        }
        while let Some(messages) = self.take_next() {
            self.came.extend(messages);
        }
    }

    /// What is next: a batch, if it is one's turn and there is one, or a message.
    fn take_next(&mut self) -> Option<Vec<Vec<u8>>> {
        let batch = if self.came.len().is_multiple_of(2) { self.end.take_batch() } else { None };
        match batch {
            Some(batch) => Some(listed(batch.frames())),
            None => self.end.take_unclaimed().map(|payload| vec![payload.as_ref().to_vec()]),
        }
    }

    fn finish(mut self) {
        let count = self.sent.len() as u64;
        let pong = if self.pinged { frame(PONG, &[7; 8]) } else { Vec::new() };
        assert_eq!(output(&mut self.end), [pong, goodbye_ack(count), goodbye(0)].concat());
        let traffic = self.end.stats().received;
        assert_eq!((traffic.messages, traffic.queued), (count, 0));
        assert_eq!(traffic.aborted, self.aborted as u64);
        self.end.receive(NOW(), &goodbye_ack(0));
        assert_eq!(self.end.closed(), Some(Closed::Clean));
    }
}

/// The messages in these frames.
fn listed(mut frames: &[u8]) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    while let Some(word) = frames.split_off(..4) {
        let length = u32::from_le_bytes(word.try_into().expect("four bytes"));
        let message = frames.split_off(..usize::try_from(length).expect("short"));
        messages.push(message.expect("whole messages").to_vec());
    }
    messages
}
