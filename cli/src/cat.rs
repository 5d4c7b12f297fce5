//! `bowline cat`: standard input as messages, messages as standard output.

mod input;
mod show;

use core::pin::pin;
use core::time::Duration;

use bowline_tokio::{Closed, Endpoint, ReadError, Socket};
use clap::Args;
use humantime::Duration as Span;
use serde_json::json;

use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::reach::{self, Listening, Wire};
use crate::{Failure, Result, ending};
use input::{Input, Reading};
use show::{Show, Showing};

pub(crate) const EXAMPLES: &str = "\
Examples:
  echo ahoy | bowline cat local://echo                      a line is a message
  bowline cat --listen unix:///tmp/chat.sock                be the server, of one client
  bowline cat local://log --input none                      only listen to what comes
  bowline cat local://jobs --input whole < job.bin          all of standard input is one message
  bowline cat local://echo --input hex --output hex <<< 00ff
  bowline cat tcp://127.0.0.1:4000 --plain -n 1 <<< hello   end after one answer

When standard input ends, what comes is shown until the peer has been silent for --wait.";

/// What `cat` is told.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Where to connect, or with --listen where to listen
    endpoint: Endpoint,

    /// Be the server, of the first client that comes
    #[arg(long, short)]
    listen: bool,

    /// How standard input is cut into messages
    #[arg(long, short, value_enum, value_name = "HOW", default_value_t = Reading::Lines)]
    input: Reading,

    /// How messages are written to standard output
    #[arg(long, short, value_enum, value_name = "HOW", default_value_t = Showing::Text)]
    output: Showing,

    /// After the end of standard input, go on until the peer was silent for so long
    #[arg(long, short, value_name = "TIME", default_value = "1s")]
    wait: Span,

    /// End after so many messages from the peer
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,

    #[command(flatten)]
    listening: Listening,

    #[command(flatten)]
    wire: Wire,
}

/// Talks until one side has said everything, then says goodbye.
pub(crate) async fn run(options: Options, output: Output, interrupt: Interrupt) -> Result {
    let listening = options.listen.then_some(options.listening);
    let socket = reach::meet(&options.endpoint, &options.wire, listening, output, &interrupt).await?;
    let mut show = Show::new(options.output, output, options.count);
    let talked = converse(&socket, &options, &mut show, output, &interrupt).await;
    let closed = part(&socket, options.wire.patience(), &mut show).await?;
    talked.and(ending::say(&socket, closed, output))
}

/// Ends when the peer is gone, enough has come, all was said and nothing comes any more, or Ctrl-C comes.
async fn converse(
    socket: &Socket,
    options: &Options,
    show: &mut Show,
    output: Output,
    interrupt: &Interrupt,
) -> Result {
    let mut saying = pin!(say(socket, Input::new(options.input, socket.peer_message_limit())));
    let mut is_said = false;
    while !show.is_full() {
        tokio::select! {
            () = interrupt.first() => return Ok(()),
            messages = socket.read_many(show.room()) => match messages {
                Ok(messages) => show.messages(&messages).await?,
                Err(ReadError::Closed(reason)) => {
                    output.remark(reason, || json!({"event": "gone", "reason": reason.to_string()}));
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            },
            said = &mut saying, if !is_said => {
                said?;
                is_said = true;
            }
            () = tokio::time::sleep(options.wait.into()), if is_said => return Ok(()),
        }
    }
    Ok(())
}

/// Sends what standard input says; waits while the peer takes nothing.
async fn say(socket: &Socket, mut input: Input) -> Result {
    while let Some(message) = input.next().await? {
        if let Err(waiting) = socket.write(message).detach() {
            waiting.await?;
        }
    }
    Ok(())
}

/// Closes, and goes on showing what comes meanwhile, so that nothing is lost that the peer had sent by then.
async fn part(socket: &Socket, patience: Duration, show: &mut Show) -> Result<Closed> {
    let mut closing = socket.close(patience);
    loop {
        tokio::select! {
            closed = &mut closing => {
                rest(socket, show).await?;
                return closed.map_err(Failure::from);
            }
            messages = socket.read_many(show.room()), if !show.is_full() => match messages {
                Ok(messages) => show.messages(&messages).await?,
                Err(_over) => return closing.await.map_err(Failure::from),
            },
        }
    }
}

async fn rest(socket: &Socket, show: &mut Show) -> Result {
    while !show.is_full() {
        let Ok(Some(message)) = socket.try_read() else { break };
        show.messages(core::slice::from_ref(&message)).await?;
    }
    Ok(())
}
