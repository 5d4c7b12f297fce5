//! What is answered: the message itself, or what a command makes of it.

use core::time::Duration;
use std::io;
use std::process::Stdio;

use bowline_tokio::{Bytes, Socket};
use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use crate::tls::who;

/// A message's way through a command.
#[derive(Args, Clone, Debug)]
pub(crate) struct Exec {
    /// Pipe each message through a shell command; what it prints is the answer
    #[arg(id = "exec", long = "exec", value_name = "CMD")]
    command: Option<String>,

    /// How long a command may run
    #[arg(id = "exec_timeout", long = "exec-timeout", value_name = "TIME", default_value = "30s")]
    timeout: humantime::Duration,
}

impl Exec {
    /// Answers the messages, in order.
    ///
    /// # Errors
    /// Why a message has no answer.
    pub(super) async fn answer(&self, socket: &Socket, messages: Vec<Bytes>) -> Result<(), String> {
        let Some(command) = &self.command else {
            return socket.write_all(messages).await.map(drop).map_err(|error| error.failure.to_string());
        };
        for message in messages {
            let answer = tokio::select! {
                answer = self.pipe(command, socket, message) => answer?,
                _over = socket.ended() => return Ok(()),
            };
            socket.write(answer).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    async fn pipe(&self, command: &str, socket: &Socket, message: Bytes) -> Result<Bytes, String> {
        let mut running = Running::start(command, &who(socket.peer())).map_err(|error| error.to_string())?;
        let run = running.answer(message, u64::from(socket.peer_message_limit()));
        let answer = tokio::time::timeout(Duration::from(self.timeout), run).await;
        answer.map_err(|_late| format!("the command takes longer than {}", self.timeout))?
    }
}

/// A command that dies with its handle, and with it what it has started.
struct Running(Child);

impl Running {
    /// A Ctrl-C at the terminal does not reach it: it is to finish first.
    fn start(command: &str, peer: &str) -> io::Result<Self> {
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut shell = Command::new(shell);
        shell.arg(flag).arg(command).env("BOWLINE_PEER", peer).kill_on_drop(true);
        #[cfg(unix)]
        shell.process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map(Self)
    }

    async fn answer(&mut self, message: Bytes, limit: u64) -> Result<Bytes, String> {
        let (stdin, stdout) = (self.0.stdin.take(), self.0.stdout.take());
        let feed = async {
            if let Some(mut stdin) = stdin {
                // A command need not read what it is given.
                let _unread = stdin.write_all(&message).await;
            }
        };
        let mut answer = Vec::new();
        let read = async {
            let Some(stdout) = stdout else { return Ok(0) };
            stdout.take(limit + 1).read_to_end(&mut answer).await
        };
        let ((), read) = tokio::join!(feed, read);
        if read.map_err(|error| error.to_string())? as u64 > limit {
            return Err(format!("the command's output is longer than the {limit} bytes that the peer takes"));
        }
        let status = self.0.wait().await.map_err(|error| error.to_string())?;
        if status.success() { Ok(answer.into()) } else { Err(format!("the command failed: {status}")) }
    }
}

#[cfg(unix)]
impl Drop for Running {
    fn drop(&mut self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        // The number is its own for as long as nobody has waited for it.
        let number = self.0.id().and_then(|number| i32::try_from(number).ok());
        if let Some(group) = number.and_then(Pid::from_raw) {
            let _gone = kill_process_group(group, Signal::KILL);
        }
    }
}
