//! What two ends of a connection do, and what the proxy between them does to their bytes: as data, made from a seed.

use bowline_sim::{Action, Side};

/// More of them would only make it slow.
const MOST_FAULTS: usize = 6;
const FATES: [Fate; 5] = [Fate::Hold, Fate::Hold, Fate::Poll, Fate::Detach, Fate::Await];

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
    /// The script of this seed: the simulation's own.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::of(&bowline_sim::Script::generate(seed))
    }

    /// What a script of the simulation says about one connection, as far as programs and a proxy can do it.
    #[must_use]
    pub fn of(script: &bowline_sim::Script) -> Self {
        let steps = |side: Side| {
            let own = script.steps.iter().filter(move |step| step.side() == side);
            own.filter_map(|step| done(step.action(), step.argument.into())).collect()
        };
        let faults = |side: Side| {
            let own = script.steps.iter().filter(move |step| step.side() == side);
            own.filter_map(|step| suffered(step.action(), step.argument.into())).take(MOST_FAULTS).collect()
        };
        let (client, server) = (steps(Side::Client), steps(Side::Server));
        Self { seed: script.seed, client, server, up: faults(Side::Client), down: faults(Side::Server) }
    }

    /// Whether an end gives the connection up.
    #[must_use]
    pub fn aborts(&self) -> bool {
        self.client.iter().chain(&self.server).any(|step| matches!(step, Step::Abort))
    }
}

/// What a program does.
fn done(action: Action, argument: usize) -> Option<Step> {
    Some(match action {
        Action::Write => Step::Write(length(argument), FATES[argument % FATES.len()]),
        Action::TryWrite => Step::Write(length(argument), Fate::Poll),
        Action::DetachWrite => Step::Write(length(argument), Fate::Detach),
        Action::CancelWrite => Step::Cancel,
        Action::ForgetWrite => Step::Drop,
        Action::TakeWrite => Step::Await,
        Action::Read | Action::Take => Step::Read,
        Action::TakeUnclaimed | Action::DropRead => Step::Glance,
        Action::Pass | Action::Jump => Step::Pause(argument as u64 % 500),
        Action::Close => Step::Close,
        Action::Abort | Action::Abandon | Action::Refuse | Action::Kill => Step::Abort,
        _ => return None,
    })
}

/// What the proxy does.
fn suffered(action: Action, argument: usize) -> Option<Fault> {
    let kind = match action {
        Action::Send | Action::Receive if argument.is_multiple_of(8) => Trouble::Crumbs(argument % 60),
        Action::Clog | Action::Settle => Trouble::Delay(argument as u64 % 5000),
        Action::LeapAhead | Action::StepBack => Trouble::Delay(argument as u64 % 30_000),
        Action::Cut => Trouble::HalfClose,
        Action::Reset | Action::BreakWrite => Trouble::Reset,
        _ => return None,
    };
    let most = [40, 5000, 300_000][argument % 3];
    Some(Fault { after: argument * 7 % most, kind })
}

/// Short ones mostly, and some that go out in chunks.
fn length(argument: usize) -> usize {
    let most = [30, 2000, 70_000, 500_000][argument / 5 % 4];
    argument * 31 % most
}
