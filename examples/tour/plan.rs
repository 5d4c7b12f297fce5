//! What is sent, worked out from a seed: both ends know it without telling each other.

/// The longest message of the tour, header included.
pub(crate) const FULL_SIZE: u32 = 64 << 20;

/// Every so many messages one is empty: it can't carry a header and is known by its place.
const EMPTY_EVERY: u64 = 8;
/// The first number that may be withdrawn; those of the full size come before it.
const FIRST_DOOM: u64 = 16;
/// How many writes the whole tour tries to withdraw, at least; half of them long ones in mid-flight.
const DOOMS: u64 = 400;

/// The whole tour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    seed: u64,
    clients: u32,
    kills: u32,
    mib: u32,
}

/// Who sends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Direction {
    /// A client, to the server.
    Up,
    /// The server, to a client.
    Down,
}

/// What a client is there for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Role {
    /// It talks to the end of its plan. Half of them close by themselves, the others wait for the server to do it.
    Talker {
        /// Whether it is this client that closes.
        closes: bool,
    },
    /// It talks without end, until it is killed.
    Victim,
    /// It measures round trips.
    Pinger,
}

/// One direction of one client's conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    pub(crate) client: u32,
    pub(crate) direction: Direction,
    key: u64,
    /// How many messages of the full size it begins with.
    full_size: u64,
    /// The power of two below which all others are.
    longest: u32,
    doom_period: u64,
    dooms: u64,
    /// How many numbers there are.
    pub(crate) count: u64,
}

/// One message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Item {
    /// Its number, from 1, among those of its stream.
    pub(crate) number: u64,
    /// How long it is, header included.
    pub(crate) length: u32,
    pub(crate) fate: Fate,
}

/// What its sender will try to do with a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    Deliver,
    /// Stop it half-way.
    Abort,
    /// Take it back before anything of it has left.
    Recall,
    /// Cancel it when it is too late.
    Late,
}

impl Plan {
    pub(crate) const fn new(seed: u64, clients: u32, kills: u32, mib: u32) -> Self {
        Self { seed, clients, kills, mib }
    }

    pub(crate) fn talkers(&self) -> core::ops::Range<u32> {
        0..self.clients
    }

    pub(crate) fn victims(&self) -> core::ops::Range<u32> {
        self.clients..self.clients + self.kills
    }

    pub(crate) fn pinger(&self) -> u32 {
        self.clients + self.kills
    }

    /// `None` if there is no such client.
    pub(crate) fn role(&self, client: u32) -> Option<Role> {
        if self.talkers().contains(&client) {
            Some(Role::Talker { closes: client % 2 == 1 })
        } else if self.victims().contains(&client) {
            Some(Role::Victim)
        } else {
            (client == self.pinger()).then_some(Role::Pinger)
        }
    }

    pub(crate) fn stream(&self, client: u32, direction: Direction) -> Stream {
        let streams = u64::from(self.clients) * 2;
        let full_size = u64::from(self.mib / 256).clamp(1, streams * 8);
        let left = (u64::from(self.mib) << 20).saturating_sub(full_size * u64::from(FULL_SIZE));
        let (share, dooms) = (left / streams, DOOMS.div_ceil(streams));
        let mut stream = Stream {
            client,
            direction,
            key: mix(self.seed, u64::from(client), direction as u64),
            full_size: 0,
            longest: if share < (8 << 20) { 20 } else { 24 },
            doom_period: (share / MEAN_LENGTH / dooms).max(10),
            dooms: u64::MAX,
            count: u64::MAX,
        };
        if self.role(client) != Some(Role::Victim) {
            stream.full_size = self.full_size(client, direction, full_size);
            stream.dooms = dooms;
            stream.count = stream.fill(share);
        }
        stream
    }

    /// The messages of the full size go round: one up from client 0, one down to client 1, and so on.
    fn full_size(&self, client: u32, direction: Direction, in_all: u64) -> u64 {
        let first_half = client.is_multiple_of(2) == (direction == Direction::Up);
        let lane = u64::from(if first_half { client } else { self.clients + client });
        in_all.saturating_sub(lane).div_ceil(u64::from(self.clients) * 2)
    }
}

/// About how long a message is, those of the full size left out.
const MEAN_LENGTH: u64 = 32 << 10;

impl Stream {
    /// How many messages it takes until `share` bytes are sent and everything that is to be withdrawn was tried.
    fn fill(&self, share: u64) -> u64 {
        let (mut number, mut bytes) = (self.full_size, 0);
        while bytes < share || number < FIRST_DOOM + self.dooms * self.doom_period {
            number += 1;
            let item = self.item(number);
            bytes += if item.fate == Fate::Deliver { u64::from(item.length) } else { 0 };
        }
        number
    }

    pub(crate) fn items(self) -> impl Iterator<Item = Item> {
        (1..=self.count).map(move |number| self.item(number))
    }

    pub(crate) fn item(&self, number: u64) -> Item {
        let fate = self.fate(number);
        let dice = Dice(mix(self.key, number, 1));
        let length = match fate {
            Fate::Deliver if number <= self.full_size => FULL_SIZE,
            Fate::Deliver if number % EMPTY_EVERY == 5 => 0,
            Fate::Deliver => dice.length(self.longest),
            Fate::Abort => (6 << 20) + dice.below(8 << 20),
            Fate::Recall => crate::envelope::HEADER_LENGTH + dice.below(1 << 20),
            Fate::Late => crate::envelope::HEADER_LENGTH + dice.below(4 << 10),
        };
        Item { number, length, fate }
    }

    /// Whether the sender may withdraw it, so that its number may be missing.
    pub(crate) fn may_be_missing(&self, number: u64) -> bool {
        self.fate(number) != Fate::Deliver
    }

    fn fate(&self, number: u64) -> Fate {
        let Some(past) = number.checked_sub(FIRST_DOOM) else { return Fate::Deliver };
        let doom = past / self.doom_period;
        match doom % 4 {
            _ if doom >= self.dooms || !past.is_multiple_of(self.doom_period) => Fate::Deliver,
            0 | 2 => Fate::Abort,
            1 => Fate::Recall,
            _ => Fate::Late,
        }
    }
}

/// Numbers that look random and are not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = mix(self.0, 0, 0);
        self.0
    }

    /// Below `bound`, which is not 0.
    pub(crate) fn below(mut self, bound: u32) -> u32 {
        u32::try_from(self.roll() % u64::from(bound)).unwrap_or(0)
    }

    /// Most messages are small; a few are long.
    fn length(mut self, longest: u32) -> u32 {
        let range = match self.roll() % 1000 {
            0..=829 => 5..10,
            830..=963 => 10..16,
            964..=995 => 16..20,
            _ => longest - 4..longest,
        };
        let exponent = range.start + self.below(range.end - range.start);
        (1 << exponent) + Self(self.roll()).below(1 << exponent)
    }
}

/// A good mixture of three numbers (the finisher of SplitMix64).
pub(crate) const fn mix(a: u64, b: u64, c: u64) -> u64 {
    let mut x = a.wrapping_add(0x9E37_79B9_7F4A_7C15).wrapping_mul(0xD134_2543_DE82_EF95);
    x = x.wrapping_add(b.wrapping_mul(0xA076_1D64_78BD_642F)) ^ c.wrapping_mul(0xE703_7ED1_A0B4_28DB);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}
