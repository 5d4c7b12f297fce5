//! Scripts are data: a seed for the world and a list of steps, four bytes each.

use core::fmt;
use core::str::FromStr;

/// Which end of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The one that connects.
    Client,
    /// The one that accepts.
    Server,
}

impl Side {
    /// Both, the client first.
    pub const BOTH: [Self; 2] = [Self::Client, Self::Server];

    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// One step of a script: who does what, and a number that says how much or which.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Step {
    actor: u8,
    action: u8,
    /// How much, how long or which one; each action reads it in its own way.
    pub argument: u16,
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident $weight:literal,)+) => {
        /// What can be done in a step.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Action { $($(#[$doc])* $name,)+ }

        impl Action {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),+];
            /// How often each is drawn, before a world's own taste.
            pub(crate) const WEIGHTS: &[usize] = &[$($weight),+];
        }
    };
}

actions! {
    /// Queue a message.
    Write 120,
    /// Queue a message if there is room.
    TryWrite 20,
    /// Queue a read.
    Read 70,
    /// Take what a read has.
    Take 90,
    /// Take what no read owns.
    TakeUnclaimed 10,
    /// Drop a read.
    DropRead 40,
    /// Cancel a write.
    CancelWrite 45,
    /// Let a write run on without a handle.
    DetachWrite 10,
    /// Never ask for a write again, as a leaked handle does.
    ForgetWrite 5,
    /// Take the end of a write.
    TakeWrite 25,
    /// Ask for events until there are none.
    PollEvents 25,
    /// Send a few bytes.
    Send 70,
    /// Receive a few bytes.
    Receive 70,
    /// Everything that one end's driver can do now.
    Drive 60,
    /// Everything that all drivers can do now.
    Settle 15,
    /// Everything that follows from what is under way.
    Run 15,
    /// A client connects.
    Connect 25,
    /// Queue an accept.
    Accept 25,
    /// Drop an accept.
    DropAccept 5,
    /// Take an accept's client, and accept or refuse it.
    TakeAccept 25,
    /// Let time pass: microseconds to seconds.
    Pass 30,
    /// Go to the next timer or arrival.
    Jump 15,
    /// Close in order.
    Close 6,
    /// Take a close back.
    CancelClose 3,
    /// End the connection now.
    Abort 1,
    /// Drop the last handle.
    Abandon 2,
    /// The server's program refuses an open connection.
    Refuse 1,
    /// The server accepts nobody any more.
    Stop 1,
    /// Nothing arrives any more in one direction.
    Clog 6,
    /// What was clogged flows again.
    Unclog 10,
    /// The stream is reset.
    Reset 1,
    /// One direction ends early.
    Cut 1,
    /// Writing fails.
    BreakWrite 1,
    /// A process is killed.
    Kill 1,
    /// The clock goes far ahead.
    LeapAhead 1,
    /// The clock goes back.
    StepBack 1,
    /// A hostile end sends something.
    Attack 120,
    /// Queue a message of which nobody will ask, if there is room.
    Post 50,
    /// Queue several small messages in one.
    WriteBatch 25,
    /// Take the end of a batch.
    TakeBatchEnd 15,
    /// Take back what has not left of a batch.
    CancelBatch 30,
    /// Take what came together.
    TakeBatch 60,
}

impl Step {
    pub(crate) const fn new(actor: u8, action: u8, argument: u16) -> Self {
        Self { actor, action, argument }
    }

    /// Which end does it.
    #[must_use]
    pub const fn side(self) -> Side {
        if self.actor.is_multiple_of(2) { Side::Client } else { Side::Server }
    }

    /// Which connection it is about, modulo how many there are.
    #[must_use]
    pub fn connection(self) -> usize {
        usize::from(self.actor / 2)
    }

    /// What is done.
    #[must_use]
    pub fn action(self) -> Action {
        Action::ALL[usize::from(self.action) % Action::ALL.len()]
    }

    const fn bytes(self) -> [u8; 4] {
        let [low, high] = self.argument.to_le_bytes();
        [self.actor, self.action, low, high]
    }

    const fn of([actor, action, low, high]: [u8; 4]) -> Self {
        Self { actor, action, argument: u16::from_le_bytes([low, high]) }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {} {:?} {}", self.side(), self.connection(), self.action(), self.argument)
    }
}

/// A world and what happens in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Script {
    /// Decides what the world is like: transport, limits, delays, cuts.
    pub seed: u64,
    /// What is done in it, in order.
    pub steps: Vec<Step>,
}

impl Script {
    /// Reads a script from bytes; every sequence of bytes is one.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Self {
        let (seed, steps) = bytes.split_at(bytes.len().min(8));
        let mut word = [0; 8];
        word[..seed.len()].copy_from_slice(seed);
        let steps = steps.chunks_exact(4).map(|chunk| Step::of([chunk[0], chunk[1], chunk[2], chunk[3]]));
        Self { seed: u64::from_le_bytes(word), steps: steps.collect() }
    }

    /// The bytes from which [`decode`](Self::decode) makes this script.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.seed.to_le_bytes().into_iter().chain(self.steps.iter().flat_map(|step| step.bytes())).collect()
    }
}

/// In hexadecimal digits, as one word.
impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.encode().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Script {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: Option<Vec<u8>> = text
            .bytes()
            .map(|digit| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()))
            .collect();
        let digits = digits
            .filter(|digits| digits.len().is_multiple_of(2))
            .ok_or("not a script: hexadecimal digits are expected")?;
        Ok(Self::decode(&digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect::<Vec<_>>()))
    }
}
