//! A child process and what it says.

use core::time::Duration;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::{env, thread};

use anyhow::{Context, bail};

use crate::Result;
use crate::contender::Unsupported;
use crate::order::Order;
use crate::said::{Said, Usage};

/// A process that carries out an order until this is dropped.
pub(super) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    said: Receiver<Said>,
}

impl Process {
    /// Starts this program again, under another one if need be. Its temporary files go to the folder.
    pub(super) fn start(order: &Order, under: &[String], folder: &Path) -> Result<Self> {
        let program = env::current_exe()?.to_string_lossy().into_owned();
        let words = [program, "--child".to_owned(), serde_json::to_string(order)?];
        let mut words = under.iter().chain(&words);
        let mut command = Command::new(words.next().context("there is no program")?);
        command.args(words).env("TMPDIR", folder);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take().context("it has an output")?);
        let (tell, said) = mpsc::channel();
        thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(io::Result::ok);
            let said = lines.filter_map(|line| serde_json::from_str(&line).ok());
            // Ends when nobody listens any more.
            let _all_heard = said.map(|said| tell.send(said)).all(|told| told.is_ok());
        });
        Ok(Self { child, input, said })
    }

    /// The next that it says.
    pub(super) fn next(&self, patience: Duration) -> Result<Said> {
        self.poll(patience)?.context("a process says nothing")
    }

    /// The next that it says, if it does so soon. A failure is an error.
    pub(super) fn poll(&self, patience: Duration) -> Result<Option<Said>> {
        match self.said.recv_timeout(patience) {
            Ok(Said::Unsupported) => Err(Unsupported.into()),
            Ok(Said::Failed(why)) => bail!(why),
            Ok(said) => Ok(Some(said)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("a process has ended"),
        }
    }

    /// What it has used so far.
    pub(super) fn usage(&mut self) -> Result<Usage> {
        self.input.as_mut().context("it has no input")?.write_all(b"?\n")?;
        match self.next(super::PATIENCE)? {
            Said::Usage(usage) => Ok(usage),
            said => bail!("a process said {said:?}"),
        }
    }

    /// Ends it in order, so that whatever it runs under can finish its work.
    pub(super) fn end(mut self) -> Result {
        drop(self.input.take());
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}
