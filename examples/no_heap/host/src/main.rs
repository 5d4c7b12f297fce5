//! Starts an emulated machine with the firmware `serial`, talks to it over its serial port, and sees it end. Prints the
//! steps; the exit status says whether all of it held on both sides.
//!
//! The machine's serial port is a Unix socket: a stream like any other, which `from_stream` makes a socket of bowline's.

#![cfg(unix)]

mod metered;
mod script;

use core::time::Duration;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitStatus;

use clap::Parser;
use script::{Result, follow};
use tokio::net::UnixListener;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Talks to the firmware `serial` in an emulated machine.
#[derive(Parser)]
struct Arguments {
    /// For all of it, in seconds.
    #[arg(long, default_value_t = 120)]
    patience: u64,
    /// How to start the machine; the option for its serial port is added.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    machine: Vec<OsString>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    timeout(Duration::from_secs(arguments.patience), run(&arguments.machine)).await?
}

async fn run(machine: &[OsString]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("serial");
    let listener = UnixListener::bind(&path)?;
    let mut machine = start(machine, &path)?;
    let outcome = tokio::select! {
        stream = listener.accept() => follow(stream?.0).await,
        status = machine.wait() => ended(status?),
    };
    outcome?;
    ended(machine.wait().await?)
}

fn start(machine: &[OsString], path: &Path) -> Result<Child> {
    let (program, arguments) = machine.split_first().ok_or("no machine")?;
    let mut serial = OsString::from("unix:");
    serial.push(path);
    let mut command = Command::new(program);
    Ok(command.args(arguments).arg("-serial").arg(serial).kill_on_drop(true).spawn()?)
}

fn ended(status: ExitStatus) -> Result<()> {
    if status.success() { Ok(()) } else { Err(format!("the machine: {status}").into()) }
}
