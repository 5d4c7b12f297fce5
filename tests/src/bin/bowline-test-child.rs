//! A process of its own for tests to kill: `server ENDPOINT` lets one client in and sends every message back.

use std::io::Write;

use bowline_runtime::{Endpoint, ServerOptions};
use bowline_tests::Tokio;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["server", endpoint] => serve(&endpoint.parse().expect("an endpoint")),
        _ => panic!("usage: server ENDPOINT"),
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
