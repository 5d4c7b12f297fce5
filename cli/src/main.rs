//! The `bowline` tool: bowline's endpoints on the command line.
//!
//! | module | what it holds |
//! |---|---|
//! | [`arguments`], [`size`] | the command line |
//! | [`reach`], [`tls`] | the one place that binds and the one that connects |
//! | [`interrupt`], [`ending`], [`failure`] | how a program stops: Ctrl-C, the goodbye, the exit code |
//! | [`output`], [`latency`], [`plot`] | what it says: lines and JSON, percentiles, pictures |
//! | [`serve`], [`inspect`] | a server, and the view inside it |
//! | [`cat`], [`send`], [`receive`], [`ping`], [`mod@bench`], [`decode`], [`pages`] | one command each |

mod arguments;
mod bench;
mod cat;
mod decode;
mod ending;
mod failure;
mod inspect;
mod interrupt;
mod latency;
mod output;
mod pages;
mod ping;
mod plot;
mod reach;
mod receive;
mod send;
mod serve;
mod size;
mod tls;
mod transfer;

use core::time::Duration;
use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Runtime;

use arguments::{Arguments, Command};
use failure::Failure;
use interrupt::Interrupt;
use output::Output;

/// How a command ends.
pub(crate) type Result<T = ()> = core::result::Result<T, Failure>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    arguments.color.write_global();
    let output = Output::new(arguments.json, arguments.quiet);
    match run(arguments, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.failure(&failure),
    }
}

fn run(arguments: Arguments, output: Output) -> Result {
    match arguments.command {
        Command::Decode(options) => decode::run(&options, output),
        Command::Completions(options) => pages::completions(&options),
        Command::Man(options) => pages::man(&options),
        command => on_the_wire(command, output),
    }
}

/// How long what is left may take to end, such as a server that removes its socket. A read of the terminal takes longer.
const LEFTOVERS: Duration = Duration::from_millis(100);

/// Runs a command that talks to somebody.
fn on_the_wire(command: Command, output: Output) -> Result {
    let runtime = Runtime::new().map_err(Failure::local("can't start threads"))?;
    let result = runtime.block_on(async {
        let interrupt = Interrupt::listen()?;
        tokio::select! {
            biased;
            () = interrupt.second() => Err(Failure::Interrupted),
            result = talk(command, output, interrupt.clone()) => result,
        }
    });
    runtime.shutdown_timeout(LEFTOVERS);
    result
}

async fn talk(command: Command, output: Output, interrupt: Interrupt) -> Result {
    match command {
        Command::Serve(options) => serve::run(*options, output, interrupt).await,
        Command::Cat(options) => cat::run(*options, output, interrupt).await,
        Command::Send(options) => send::run(*options, output, interrupt).await,
        Command::Receive(options) => receive::run(*options, output, interrupt).await,
        Command::Ping(options) => ping::run(*options, output, interrupt).await,
        Command::Bench(options) => bench::run(*options, output, interrupt).await,
        Command::Inspect(options) => inspect::run(*options, output, interrupt).await,
        Command::Decode(_) | Command::Completions(_) | Command::Man(_) => Ok(()),
    }
}
