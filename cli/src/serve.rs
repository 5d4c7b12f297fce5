//! `bowline serve`: a server that echoes, or pipes each message through a command.

mod exec;
mod register;
mod view;

use core::time::Duration;
use std::sync::Arc;

use bowline_tokio::{Clients, Endpoint, Incoming, ReadError, Server, ShutdownReport, Socket};
use clap::Args;
use serde_json::json;
use tokio::task::JoinSet;

use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::reach::{self, Listening, Wire};
use crate::tls::who;
use crate::{Failure, Result};
use exec::Exec;
use register::Register;

pub(crate) use register::{Connection, Flow, Snapshot};
pub(crate) use view::QUESTION;

pub(crate) const EXAMPLES: &str = "\
Examples:
  bowline serve local://echo
  bowline serve tcp://127.0.0.1:0                          the system chooses the port
  bowline serve unix:///tmp/upper.sock --exec 'tr a-z A-Z'  each message is the input of one run
  bowline serve tcp://127.0.0.1:4000 --plain               for peers that know length prefixes only
  bowline serve local://echo --inspect local://echo-view   and then: bowline inspect local://echo-view

With --exec, BOWLINE_PEER is who has sent the message. A command that fails, takes too long or says
more than the peer takes ends that client's connection.";

/// What `serve` is told.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Where to listen
    endpoint: Endpoint,

    #[command(flatten)]
    exec: Exec,

    /// Answer `bowline inspect` at this endpoint: whoever can connect there sees who is connected here
    #[arg(long, value_name = "ENDPOINT")]
    inspect: Option<Endpoint>,

    /// The most clients at a time
    #[arg(long, value_name = "N", default_value_t = 1024)]
    max_clients: usize,

    #[command(flatten)]
    listening: Listening,

    #[command(flatten)]
    wire: Wire,
}

/// One client that was let in, and what is to be done for it.
struct Attendance {
    socket: Socket,
    number: u64,
    exec: Exec,
    register: Arc<Register>,
    patience: Duration,
    interrupt: Interrupt,
    output: Output,
}

/// Serves until Ctrl-C.
pub(crate) async fn run(options: Options, output: Output, interrupt: Interrupt) -> Result {
    let Options { endpoint, wire, listening, .. } = &options;
    let (server, clients) = reach::bind(endpoint, wire, *listening, options.max_clients)?;
    let register = Arc::new(Register::new(server.clone(), wire.profile()));
    let _view = options.inspect.as_ref().map(|at| view::open(at, wire, *listening, &register)).transpose()?;
    reach::announce(&server, endpoint, wire, output);
    let mut attended = JoinSet::new();
    tokio::select! {
        () = interrupt.first() => {}
        () = attend_all(clients, &mut attended, &options, &register, &interrupt, output) => {}
    }
    stop(&server, attended, wire.patience(), output).await
}

async fn attend_all(
    mut clients: Clients,
    attended: &mut JoinSet<()>,
    options: &Options,
    register: &Arc<Register>,
    interrupt: &Interrupt,
    output: Output,
) {
    loop {
        tokio::select! {
            incoming = clients.next() => match incoming.map(Incoming::accept) {
                Some(Ok(socket)) => {
                    let number = register.enter(socket.clone());
                    let (exec, register) = (options.exec.clone(), Arc::clone(register));
                    let (patience, interrupt) = (options.wire.patience(), interrupt.clone());
                    let client = Attendance { socket, number, exec, register, patience, interrupt, output };
                    attended.spawn(client.attend());
                }
                Some(Err(_gone)) => {}
                None => return,
            },
            Some(_ended) = attended.join_next() => {}
        }
    }
}

impl Attendance {
    /// Answers until the client is gone or the server is to stop.
    async fn attend(self) {
        let Self { socket, number, output, .. } = &self;
        let peer = who(socket.peer());
        output.remark(
            format_args!("client {number} connected: {peer}"),
            || json!({"event": "connected", "client": number, "peer": peer}),
        );
        let problem = self.answer_all().await.err();
        if let Some(problem) = &problem {
            output.remark(
                format_args!("client {number}: {problem}"),
                || json!({"event": "problem", "client": number, "problem": problem}),
            );
        }
        if self.interrupt.has_come() {
            // The register goes on holding the socket, until the server has closed all of them and counted how they ended.
            return;
        }
        // On the plain profile the end of what the client says is not yet the end of the connection.
        drop(socket.close(self.patience));
        self.say_gone().await;
        self.register.leave(*number);
    }

    async fn answer_all(&self) -> core::result::Result<(), String> {
        loop {
            let messages = tokio::select! {
                biased;
                () = self.interrupt.first() => return Ok(()),
                messages = self.socket.read_many(64) => messages,
            };
            match messages {
                Err(ReadError::Closed(_)) => return Ok(()),
                Err(error) => return Err(error.to_string()),
                Ok(messages) => self.exec.answer(&self.socket, messages).await?,
            }
        }
    }

    async fn say_gone(&self) {
        let Ok(reason) = self.socket.ended().await else { return };
        let (number, stats) = (self.number, self.socket.stats());
        let (received, sent) = (stats.received.messages, stats.sent.messages);
        self.output.remark(
            format_args!("client {number} gone: {reason} ({received} messages in, {sent} out)"),
            || json!({"event": "gone", "client": number, "reason": reason.to_string(), "received": received, "sent": sent}),
        );
    }
}

/// Lets the answers that are being made be sent, then says goodbye to everybody.
async fn stop(server: &Server, mut attended: JoinSet<()>, patience: Duration, output: Output) -> Result {
    let all = async { while attended.join_next().await.is_some() {} };
    let _in_time = tokio::time::timeout(patience, all).await;
    let report = server.close(patience).await?;
    attended.abort_all();
    let ShutdownReport { clean, flushed, unconfirmed, .. } = report;
    let accepted = server.stats().accepted;
    output.remark(
        format_args!(
            "stopped: {accepted} clients served, {} at the end, {unconfirmed} of them with unconfirmed messages",
            clean + flushed + unconfirmed
        ),
        || json!({"event": "stopped", "accepted": accepted, "clean": clean, "flushed": flushed, "unconfirmed": unconfirmed}),
    );
    match unconfirmed {
        0 => Ok(()),
        clients => Err(Failure::Peer(format!("{clients} clients did not confirm all that was sent to them"))),
    }
}
