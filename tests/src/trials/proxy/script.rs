//! What two ends of a connection do, and what the proxy between them does to their bytes: as data, made from a seed.

/// All that happens in one trial.
#[derive(Clone, Debug)]
pub struct Script {
    /// What it was made from.
    pub seed: u64,
    /// What the client does.
    pub client: Vec<Step>,
    /// What the server's end does.
    pub server: Vec<Step>,
    /// What happens to the client's bytes.
    pub up: Vec<Fault>,
    /// What happens to the server's bytes.
    pub down: Vec<Fault>,
}

/// One thing that a program does with its end.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Writes a message of this length, and does this with the task.
    Write(usize, Fate),
    /// Cancels the oldest write that is held.
    Cancel,
    /// Drops the latest write that is held.
    Drop,
    /// Awaits the oldest write that is held, for a moment.
    Await,
    /// Reads, and drops the read if nothing comes for a moment.
    Read,
    /// Polls a read once, then drops it.
    Glance,
    /// Does nothing for so many microseconds.
    Pause(u64),
    /// Closes in order, and goes on.
    Close,
    /// Ends the connection.
    Abort,
}

/// What is done with a write's task.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    /// It is kept.
    Hold,
    /// It is polled once and kept.
    Poll,
    /// It is let go.
    Detach,
    /// It is awaited for a moment.
    Await,
}

/// One thing that the proxy does, when so many bytes have passed since the last one.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// After so many bytes.
    pub after: usize,
    /// What.
    pub kind: Trouble,
}

/// What the proxy does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// It passes so many bytes on one by one.
    Crumbs(usize),
    /// It waits for so many microseconds.
    Delay(u64),
    /// It ends this direction and swallows what comes.
    HalfClose,
    /// It ends both; on TCP by a reset.
    Reset,
}

impl Script {
    /// The script of this seed. Half of all scripts break nothing.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut choices = fastrand::Rng::with_seed(seed);
        let mends = choices.bool();
        let mut end = || {
            let count = choices.usize(..60);
            (0..count).map(|_| step(&mut choices, mends)).collect()
        };
        let (client, server) = (end(), end());
        let mut way = || {
            let count = choices.usize(..6);
            (0..count).map(|_| fault(&mut choices, mends)).collect()
        };
        let (up, down) = (way(), way());
        Self { seed, client, server, up, down }
    }

    /// Whether an end gives the connection up.
    #[must_use]
    pub fn aborts(&self) -> bool {
        self.client.iter().chain(&self.server).any(|step| matches!(step, Step::Abort))
    }
}

fn step(choices: &mut fastrand::Rng, mends: bool) -> Step {
    match choices.u8(..100) {
        0..45 => Step::Write(length(choices), fate(choices)),
        45..53 => Step::Cancel,
        53..60 => Step::Drop,
        60..65 => Step::Await,
        65..80 => Step::Read,
        80..88 => Step::Glance,
        88..97 => Step::Pause(choices.u64(..500)),
        97..99 => Step::Close,
        _ if mends => Step::Read,
        _ => Step::Abort,
    }
}

fn length(choices: &mut fastrand::Rng) -> usize {
    let most = [30, 2000, 70_000, 500_000][choices.usize(..4)];
    choices.usize(..most)
}

fn fate(choices: &mut fastrand::Rng) -> Fate {
    [Fate::Hold, Fate::Hold, Fate::Poll, Fate::Detach, Fate::Await][choices.usize(..5)]
}

fn fault(choices: &mut fastrand::Rng, mends: bool) -> Fault {
    let most = [40, 5000, 300_000][choices.usize(..3)];
    let kind = match choices.u8(..10) {
        0..4 => Trouble::Crumbs(choices.usize(..60)),
        4..8 => Trouble::Delay(choices.u64(..5000)),
        _ if mends => Trouble::Delay(choices.u64(..30_000)),
        8 => Trouble::HalfClose,
        _ => Trouble::Reset,
    };
    Fault { after: choices.usize(..most), kind }
}
