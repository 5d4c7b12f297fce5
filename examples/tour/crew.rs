//! The client processes: this same program, started again.

use core::time::Duration;
use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bowline_tokio::Endpoint;
use tokio::time::sleep;

use crate::{Arguments, Failure};

/// All processes that were started and not waited for.
#[derive(Default)]
pub(crate) struct Crew {
    children: Mutex<BTreeMap<u32, Child>>,
}

impl Crew {
    pub(crate) fn start(
        &self,
        player: u32,
        endpoint: &Endpoint,
        arguments: &Arguments,
    ) -> Result<(), Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        for (name, value) in [
            ("--play", u64::from(player)),
            ("--clients", arguments.clients.into()),
            ("--mib", arguments.mib.into()),
            ("--kills", arguments.kills.into()),
            ("--round-trips", arguments.round_trips.into()),
            ("--deadline", arguments.deadline),
            ("--seed", arguments.seed),
        ] {
            command.arg(name).arg(value.to_string());
        }
        command.arg("--endpoint").arg(endpoint.to_string()).arg("--").arg(arguments.folder());
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        self.lock().insert(player, child);
        Ok(())
    }

    /// Waits for a process to end well; yields the line that it printed.
    pub(crate) async fn wait(&self, player: u32) -> Result<String, Failure> {
        loop {
            if let Some(mut child) = self.take_ended(player)? {
                let status = child.wait()?;
                let mut line = String::new();
                child.stdout.take().ok_or("no output")?.read_to_string(&mut line)?;
                return if status.success() {
                    Ok(line)
                } else {
                    Err(format!("client {player}: {status}").into())
                };
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    fn take_ended(&self, player: u32) -> Result<Option<Child>, Failure> {
        let mut children = self.lock();
        let child = children.get_mut(&player).ok_or_else(|| format!("client {player} was not started"))?;
        let has_ended = child.try_wait()?.is_some();
        Ok(if has_ended { children.remove(&player) } else { None })
    }

    /// Kills a process, with no chance for it to say goodbye; `false` if it had ended before.
    pub(crate) fn kill(&self, player: u32) -> Result<bool, Failure> {
        let Some(mut child) = self.lock().remove(&player) else { return Ok(false) };
        let was_alive = child.try_wait()?.is_none();
        child.kill()?;
        child.wait()?;
        Ok(was_alive)
    }

    pub(crate) fn kill_all(&self) {
        for child in self.lock().values_mut() {
            let _ended_already = child.kill();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, Child>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
