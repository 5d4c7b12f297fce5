//! The programs of `.ci/haproxy`, in which servers behind HAProxy are restarted one after the other under load.
//!
//! * `rolling server ENDPOINT PROXY FILE MANNER` trusts this proxy and writes each message that it receives to the file, with the address of
//!   the client. At SIGTERM it drains and ends, or does it in a wrong manner.
//! * `rolling load ENDPOINT NAME THREADS SECONDS FILE` writes messages on one connection after the other, and to the file which of them a
//!   close has confirmed.
//! * `rolling intruder ENDPOINT CLAIM` connects past the proxy and claims to be this client. It succeeds if it is refused.

mod intruder;
mod load;
mod server;

use core::error::Error;
use core::fmt::Display;
use core::str::FromStr;
use std::process::ExitCode;

pub(crate) type Result<T = ()> = core::result::Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "usage: rolling server ENDPOINT PROXY FILE drain|exit|forget
       rolling load ENDPOINT NAME THREADS SECONDS FILE
       rolling intruder ENDPOINT CLAIM";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match play(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn play(arguments: &[&str]) -> Result {
    match *arguments {
        ["server", endpoint, proxy, file, manner] => {
            server::run(&parse(endpoint)?, parse(proxy)?, file, parse(manner)?)
        }
        ["load", endpoint, name, threads, seconds, file] => {
            load::run(&parse(endpoint)?, name, parse(threads)?, parse(seconds)?, file)
        }
        ["intruder", endpoint, claim] => intruder::run(parse(endpoint)?, parse(claim)?),
        _ => Err(USAGE.into()),
    }
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T> {
    text.parse().map_err(|error: T::Err| format!("{text:?}: {error}").into())
}
