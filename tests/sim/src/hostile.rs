//! An end that knows the wire format and does not keep to it.

use bowline_core::Instant;

use crate::dice::Dice;
use crate::step::Side;
use crate::swarm::Swarm;
use crate::tap::kind;
use crate::wire::Wire;

/// A peer that floods, lies, mutates and falls silent.
#[derive(Clone, Debug)]
pub(crate) struct Hostile {
    dice: Dice,
    side: Side,
    plain: bool,
    /// Written, and not taken by the wire.
    output: Vec<u8>,
    messages: u64,
    /// What is left of an announced message.
    announced: usize,
    reads: bool,
    greets: bool,
}

impl Hostile {
    pub(crate) fn new(swarm: &Swarm, mut dice: Dice) -> Self {
        let (reads, greets) = (dice.per_mille(700), dice.per_mille(900));
        let side = swarm.hostile.unwrap_or(Side::Client);
        Self { dice, side, plain: swarm.plain, output: Vec::new(), messages: 0, announced: 0, reads, greets }
    }

    pub(crate) fn send(&mut self, wire: &mut Wire, now: Instant) -> usize {
        let count = wire.write(now, &self.output).unwrap_or(0);
        self.output.drain(..count);
        count
    }

    pub(crate) fn receive(&self, wire: &mut Wire) -> usize {
        let count = if self.reads { wire.readable().len() } else { 0 };
        wire.read(count);
        count
    }

    /// Thinks of something to send; a first word that opens the conversation, mostly.
    pub(crate) fn attack(&mut self, most: u16) {
        if self.output.len() > 1 << 18 {
            return;
        }
        let at = self.output.len();
        match (self.plain, core::mem::take(&mut self.greets)) {
            (true, _) => self.plain_frames(),
            (false, true) => self.greet(),
            (false, false) => self.frames(most),
        }
        if self.dice.per_mille(15) {
            self.mutate(at);
        }
    }

    fn greet(&mut self) {
        let mut payload = b"bwln\x01\x00\x00\x00".to_vec();
        payload.extend(u32::to_le_bytes(self.dice.pick(&[0, 10, 1 << 20])));
        payload.extend(u32::to_le_bytes(self.dice.pick(&[0, 1000])));
        let kind = if self.side == Side::Client { kind::HELLO } else { kind::WELCOME };
        self.frame(kind, &payload);
    }

    fn plain_frames(&mut self) {
        for _ in 0..self.dice.magnitude(5) {
            let length = self.dice.pick(&[0, 1, 30, 300]);
            self.output.extend(u32::to_le_bytes(length));
            self.junk(usize::try_from(length).unwrap_or(0));
        }
    }

    fn frames(&mut self, most: u16) {
        let times = self.dice.magnitude(usize::from(most % 9));
        match self.dice.below(16) {
            0..=3 => (0..times).for_each(|_| self.message()),
            4 => (0..times * 4).for_each(|_| self.say(kind::MESSAGE, 0)),
            5 | 6 => self.begin(),
            7 | 8 => (0..times).for_each(|_| self.chunk()),
            9 => (0..times).for_each(|_| self.withdraw()),
            10 => (0..times).for_each(|_| self.say(kind::PING, 8)),
            11 => self.say(kind::PONG, 8),
            12 => self.say_any(0x80),
            13 => self.goodbye(),
            14 if self.dice.per_mille(200) => self.lie(),
            _ => {}
        }
    }

    fn message(&mut self) {
        let length = self.dice.below(40);
        self.messages += 1;
        self.say(kind::MESSAGE, length);
    }

    fn begin(&mut self) {
        if self.announced == 0 {
            self.announced = self.dice.magnitude(12);
            let total = u32::try_from(self.announced).unwrap_or(1).to_le_bytes();
            self.frame(kind::BEGIN, &total);
        }
    }

    fn chunk(&mut self) {
        self.begin();
        let length = 1 + self.dice.below(self.announced);
        self.announced -= length;
        self.messages += u64::from(self.announced == 0);
        self.say(kind::CHUNK, length);
    }

    fn withdraw(&mut self) {
        self.begin();
        self.announced = 0;
        self.say(kind::ABORT, 0);
    }

    fn goodbye(&mut self) {
        if self.dice.per_mille(100) {
            let count = self.messages + u64::from(self.dice.per_mille(200));
            self.frame(kind::GOODBYE, &count.to_le_bytes());
        } else if self.dice.per_mille(100) {
            self.frame(kind::GOODBYE_ACK, &0_u64.to_le_bytes());
        }
    }

    /// Something that no honest end would send.
    fn lie(&mut self) {
        match self.dice.below(6) {
            0 => self.output.extend([0xFF; 4]),
            1 => self.junk(30),
            2 => self.say_any(0),
            3 => self.frame(kind::BEGIN, &u32::MAX.to_le_bytes()),
            4 => self.frame(kind::REFUSE, &[7, 0, b'n', b'o']),
            _ => self.overflow(),
        }
    }

    /// More than was announced.
    fn overflow(&mut self) {
        self.begin();
        let length = core::mem::take(&mut self.announced) + 1;
        self.say(kind::CHUNK, length);
    }

    fn mutate(&mut self, from: usize) {
        let length = self.output.len() - from;
        if length > 0 {
            let at = from + self.dice.below(length);
            self.output[at] ^= 1 << self.dice.below(8);
        }
    }

    /// A frame of any kind that has these bits.
    fn say_any(&mut self, bits: u8) {
        let kind = bits | self.dice.byte();
        self.say(kind, 20);
    }

    fn say(&mut self, kind: u8, length: usize) {
        let low = u32::try_from(length).unwrap_or(0).to_le_bytes();
        self.output.extend([low[0], low[1], low[2], kind]);
        self.junk(length);
    }

    fn frame(&mut self, kind: u8, payload: &[u8]) {
        let at = self.output.len();
        self.say(kind, payload.len());
        self.output.truncate(at + 4);
        self.output.extend(payload);
    }

    fn junk(&mut self, length: usize) {
        let dice = &mut self.dice;
        self.output.extend((0..length).map(|_| dice.byte()));
    }
}
