//! The library's threads: few, and none for nothing. Alone in its process, which is counted.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "it is a test")]

mod kit;

use bowline_std::{Admission, BindOptions, ServerOptions, bind_with, connect};
use kit::{library_threads, pair, threads, unique, until, watched};

const CLIENTS: usize = 400;

#[test]
fn idle_connections_cost_no_threads_and_an_idle_process_has_none() {
    watched(|| {
        assert_eq!(library_threads(), 0);
        for _ in 0..2 {
            let ends = pair();
            until("the keeper is there", || threads().iter().any(|name| name.trim() == "bowline-keeper"));
            drop(ends);
            until("all threads have ended", || library_threads() == 0);
        }
        let name = format!("local://{}", unique("idle"));
        let admission = Admission::new().max_clients(CLIENTS).max_per_user(CLIENTS);
        let options = ServerOptions::new().admission(admission);
        let server = bind_with(&name, &BindOptions::new(), options).unwrap();
        server.on_connect(|_peer| true, |socket| socket.on_message(|_socket, _message| {}));
        let clients: Vec<_> = (0..CLIENTS).map(|_| connect(&name).wait().unwrap()).collect();
        until("only the keeper is left", || library_threads() == 1);
        assert_eq!(server.clients(), CLIENTS);
        drop((server, clients));
        until("all threads have ended", || library_threads() == 0);
    });
}
