//! One measurement: a server and a client, each a process of its own.

mod counter;
mod process;

use core::fmt;
use core::time::Duration;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use anyhow::{bail, ensure};

use crate::options::Placement;
use crate::order::{Address, Length, Order, Side, Workload};
use crate::plan::Cell;
use crate::said::{Outcome, Said, Usage};
use crate::{Result, role};
use counter::Counter;
use process::Process;

/// A measurement takes so much longer than its length at most: a slow start, a busy machine, a long message.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is to be measured.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    pub(crate) contender: &'static str,
    pub(crate) cell: Cell,
    pub(crate) length: Length,
    /// The processes' priority.
    pub(crate) nice: i32,
}

/// What carries the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub(crate) enum Transport {
    Unix,
    Tcp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unix => "Unix",
            Self::Tcp => "TCP",
        })
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Ending {
    Measured(Box<Measured>),
    Unsupported,
    Failed(String),
}

/// What the processes have said.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) outcome: Outcome,
    /// What the server used before the client came.
    pub(crate) before: Usage,
    pub(crate) server: Usage,
    pub(crate) client: Usage,
    /// The system calls of both, if they were counted.
    pub(crate) calls: Option<u64>,
}

/// A folder for sockets and for what was counted.
pub(crate) struct Arena {
    folder: tempfile::TempDir,
    /// So that no two trials share a path.
    trials: u32,
    counter: Counter,
}

impl Arena {
    pub(crate) fn new() -> Result<Self> {
        // Nobody else connects to what is measured.
        let private = Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new().permissions(private).tempdir()?;
        let counter = Counter::find(folder.path());
        Ok(Self { folder, trials: 0, counter })
    }

    /// Runs one trial to its end. No process is left.
    pub(crate) fn run(&mut self, trial: &Trial) -> Ending {
        self.trials += 1;
        match self.try_run(trial) {
            Ok(measured) => Ending::Measured(Box::new(measured)),
            Err(error) if role::is_unsupported(&error) => Ending::Unsupported,
            Err(error) => Ending::Failed(format!("{error:#}")),
        }
    }

    fn try_run(&self, trial: &Trial) -> Result<Measured> {
        let order = trial.order(Side::Server, self.address(trial.cell.transport), None);
        let mut server = self.start(&order, trial.cell)?;
        let Said::Ready(address, process) = server.next(PATIENCE)? else { bail!("the server is not ready") };
        let before = server.usage()?;
        let order = trial.order(Side::Client, address, Some(process));
        let mut client = self.start(&order, trial.cell)?;
        let outcome = outcome_of(&client, &server, trial.patience())?;
        let used = (server.usage()?, client.usage()?);
        client.end()?;
        server.end()?;
        let calls = if trial.cell.counted { self.counter.counted() } else { None };
        Ok(Measured { outcome, before, server: used.0, client: used.1, calls })
    }

    fn start(&self, order: &Order, cell: Cell) -> Result<Process> {
        let under = if cell.counted { self.counter.under(order.side) } else { Vec::new() };
        Process::start(order, &under, self.folder.path())
    }

    fn address(&self, transport: Transport) -> Address {
        match transport {
            Transport::Unix => Address::Unix(self.folder.path().join(self.trials.to_string())),
            Transport::Tcp => Address::Tcp(([127, 0, 0, 1], 0).into()),
        }
    }
}

/// What the client has measured, unless one of both fails before.
fn outcome_of(client: &Process, server: &Process, patience: Duration) -> Result<Outcome> {
    let deadline = Instant::now() + patience;
    loop {
        match client.poll(Duration::from_millis(100))? {
            Some(Said::Outcome(outcome)) => return Ok(outcome),
            Some(said) => bail!("the client said {said:?}"),
            None => {}
        }
        if let Some(said) = server.poll(Duration::ZERO)? {
            bail!("the server said {said:?}");
        }
        ensure!(Instant::now() < deadline, "nothing has come of it within {patience:?}");
    }
}

impl Trial {
    fn order(&self, side: Side, address: Address, peer: Option<u32>) -> Order {
        let Cell { workload, placement, counted, .. } = self.cell;
        let core = match (placement, side) {
            (Placement::None, _) => None,
            (Placement::Split, Side::Client) => Some(1),
            (Placement::Same | Placement::Split, _) => Some(0),
        };
        Order {
            contender: self.contender.to_owned(),
            side,
            workload,
            address,
            core,
            length: self.length,
            peer,
            nice: self.nice,
            // What idle connections hold is counted, too.
            count_allocations: counted || matches!(workload, Workload::Idle { .. }),
        }
    }

    fn patience(&self) -> Duration {
        match self.length {
            Length::Time(time) => time * 10 + PATIENCE,
            Length::Messages(_) => PATIENCE,
        }
    }
}

impl Measured {
    /// What is left without the part of a shorter measurement: what the messages themselves have cost.
    pub(crate) fn without(&self, shorter: &Self) -> Self {
        let mut outcome = self.outcome;
        outcome.messages -= shorter.outcome.messages;
        Self {
            outcome,
            before: self.before,
            server: self.server.without(&shorter.server),
            client: self.client.without(&shorter.client),
            calls: self.calls.zip(shorter.calls).map(|(longer, shorter)| longer.saturating_sub(shorter)),
        }
    }
}
