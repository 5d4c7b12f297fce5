//! A process of its own for tests to kill: `writer ENDPOINT SEED` sends numbered messages until it is killed,
//! `server ENDPOINT` lets everybody in and sends every message back.

use bowline_tests::{Numbered, Tokio};
use std::io::Write;

use bowline_runtime::{Config, Endpoint, ServerOptions};

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["writer", endpoint, seed] => write(&parsed(endpoint), seed.parse().expect("a number")),
        ["server", endpoint] => serve(&parsed(endpoint)),
        _ => panic!("usage: writer ENDPOINT SEED | server ENDPOINT"),
    }
}

fn parsed(endpoint: &str) -> Endpoint {
    endpoint.parse().expect("an endpoint")
}

fn write(endpoint: &Endpoint, seed: u64) {
    let adapter = Tokio::multi_thread();
    let socket = adapter.connect(endpoint, Config::new()).wait().expect("the test is the server");
    for message in Numbered::new(seed) {
        socket.write(message).wait().expect("the test reads");
    }
}

/// Says `ready` once it listens.
fn serve(endpoint: &Endpoint) {
    let adapter = Tokio::multi_thread();
    let server = adapter.bind(endpoint, ServerOptions::new()).expect("the endpoint is free");
    let accept = server.accept();
    println!("ready");
    std::io::stdout().flush().expect("the test listens");
    let socket = accept.wait().expect("the test connects").accept().expect("the test waits");
    while let Ok(message) = socket.read().wait() {
        socket.write(message).wait().expect("the test reads");
    }
}
