//! Programs whose cost `.ci/costs` counts, the same ones on every adapter: `probe ADAPTER ROLE ENDPOINT [NUMBER]...`
//!
//! A server says `ready` once it listens, serves one client and ends with it. What a role has measured it prints as lines
//! of a name and a number.

mod adapter;
mod client;
#[allow(dead_code, reason = "only sieges look at the peak")]
#[path = "../../heap.rs"]
mod heap;
mod process;
mod server;

use core::str::FromStr;

use adapter::{Adapter, Smol, Threads, Tokio, TokioMulti};
use bowline_runtime::Endpoint;

const USAGE: &str = "usage: probe tokio|tokio-mt|smol|std ROLE
    echo-server ENDPOINT
    ping ENDPOINT COUNT SIZE
    sink-server ENDPOINT
    stream ENDPOINT COUNT SIZE
    idle-server ENDPOINT COUNT
    idle-client ENDPOINT COUNT";

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["tokio", ref role @ ..] => play::<Tokio>(role),
        ["tokio-mt", ref role @ ..] => play::<TokioMulti>(role),
        ["smol", ref role @ ..] => play::<Smol>(role),
        ["std", ref role @ ..] => play::<Threads>(role),
        _ => panic!("{USAGE}"),
    }
}

fn play<A: Adapter>(role: &[&str]) {
    match *role {
        ["echo-server", endpoint] => A::run(server::echo::<A>(at(endpoint))),
        ["sink-server", endpoint] => A::run(server::sink::<A>(at(endpoint))),
        ["idle-server", endpoint, count] => A::run(server::idle::<A>(at(endpoint), number(count))),
        ["ping", endpoint, count, size] => {
            A::run(client::ping::<A>(at(endpoint), number(count), number(size)));
        }
        ["stream", endpoint, count, size] => {
            A::run(client::stream::<A>(at(endpoint), number(count), number(size)));
        }
        ["idle-client", endpoint, count] => A::run(client::idle::<A>(at(endpoint), number(count))),
        _ => panic!("{USAGE}"),
    }
}

fn at(endpoint: &str) -> Endpoint {
    Endpoint::from_str(endpoint).expect("an endpoint")
}

fn number(digits: &str) -> usize {
    digits.parse().expect("a number")
}
