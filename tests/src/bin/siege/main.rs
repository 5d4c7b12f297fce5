//! Hostile peers against real servers, on every adapter and transport: one attack at a time, then all at once. An honest
//! client makes round trips meanwhile.
//!
//! `siege [--connections 1000] [--seconds 20] [--adapter A] [--transport T] [--attack NAME]` prints a line for each
//! adapter, transport and attack. Each siege is a process of its own with the servers in it, whose memory, descriptors and
//! threads are counted; hostile peers and the honest client are two more. It fails if a message got lost, a peer was
//! answered otherwise than PROTOCOL.md says, or a server held more than it may.

mod bound;
mod campaign;
mod child;
mod figures;
mod fortress;
#[path = "../../heap.rs"]
mod heap;
mod honest;
mod hostile;
mod options;
mod percentiles;
mod siege;
mod tally;
mod target;
mod tls;
mod verdict;

use core::str::FromStr;
use std::process::ExitCode;

use bowline_runtime::Endpoint;
use clap::Parser;

use options::{Options, Role};

fn main() -> ExitCode {
    let options = Options::parse();
    match &options.role {
        Some(Role::Hostile { attack, endpoints }) => {
            let endpoints: Vec<_> = endpoints.iter().map(|text| at(text)).collect();
            hostile::attack(&options, *attack, &endpoints);
        }
        Some(Role::Honest { endpoint }) => honest::talk(&options, &at(endpoint)),
        Some(Role::Burn { thousandths }) => honest::burn(*thousandths),
        None => return ExitCode::from(u8::from(campaign::run(&options) > 0)),
    }
    ExitCode::SUCCESS
}

fn at(endpoint: &str) -> Endpoint {
    Endpoint::from_str(endpoint).expect("an endpoint")
}
