//! The roles that listen.

use std::io::{self, Write};

use bowline_runtime::{Accept, Admission, Endpoint, Server, ServerOptions, Socket};

use crate::adapter::Adapter;
use crate::client::PATIENCE;
use crate::process::{self, Memory, Switches, print};

/// Sends every message of one client back.
pub(crate) async fn echo<A: Adapter>(endpoint: Endpoint) {
    let (_server, first) = listening::<A>(&endpoint, 1);
    let socket = admitted::<A>(first).await;
    let switches = Switches::begin();
    while let Ok(message) = A::end(socket.read()).await {
        A::end(socket.write(message)).await.expect("the client reads");
    }
    switches.print();
    let _client_has_closed = A::end(socket.close(PATIENCE)).await;
}

/// Takes in everything that one client sends.
pub(crate) async fn sink<A: Adapter>(endpoint: Endpoint) {
    let (_server, first) = listening::<A>(&endpoint, 1);
    let (socket, mut messages) = (admitted::<A>(first).await, 0);
    while A::end(socket.read()).await.is_ok() {
        messages += 1;
    }
    print("messages", messages);
    let _client_has_closed = A::end(socket.close(PATIENCE)).await;
}

/// Lets one client in that asks later, and `count` others that send one message each and then nothing; says what these
/// cost when it is asked.
pub(crate) async fn idle<A: Adapter>(endpoint: Endpoint, count: usize) {
    let (server, first) = listening::<A>(&endpoint, count + 1);
    let asking = admitted::<A>(first).await;
    let before = Memory::now();
    for _ in 0..count {
        let socket = admitted::<A>(server.accept()).await;
        A::end(socket.read()).await.expect("the client sends one message");
        // Holds the socket, and waits for a second message.
        socket.on_message(|_socket, _message| ());
    }
    A::end(asking.read()).await.expect("the client asks");
    print("threads", process::threads());
    before.print_growth(count);
}

/// A server that lets so many clients in, and an accept for the first.
fn listening<A: Adapter>(endpoint: &Endpoint, clients: usize) -> (Server, Accept) {
    let admission = Admission::new().max_clients(clients).max_per_user(clients);
    let server = A::bind(endpoint, ServerOptions::new().admission(admission));
    let first = server.accept();
    println!("ready");
    io::stdout().flush().expect("whoever started this listens");
    (server, first)
}

async fn admitted<A: Adapter>(accept: Accept) -> Socket {
    let client = A::end(accept).await.expect("a client comes");
    client.accept().expect("the client waits")
}
