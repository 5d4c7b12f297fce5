//! A server that looks at who connects and refuses with a reason, which the client gets to read.
//!
//! `cargo run --example refuse`

use core::time::Duration;

use bowline_tokio::{
    Accept, AcceptError, Admission, BindOptions, Config, Incoming, Refusal, Role, Server, ServerOptions,
    Socket, bind_with, connect, from_stream, offer_stream,
};

/// Codes from `0x1000` on are the application's own.
const UNKNOWN_USER: Refusal = Refusal::Application(0x1001);

#[tokio::main]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let name = format!("local://refuse-{}", std::process::id());
    let options = ServerOptions::new().admission(Admission::new().max_clients(1));
    let server = bind_with(&name, &BindOptions::new(), options)?;
    // The first accept shows interest: from here on nobody is turned away for want of it.
    tokio::spawn(serve(server.clone(), server.accept()));

    // No user stands behind a stream in memory: the program says no.
    let (near, far) = tokio::io::duplex(4096);
    offer_stream(&server, far, "a stream in memory");
    if let Err(error) = from_stream(near, Role::Client, Config::new(), "the server").await {
        println!("the first client: {error}");
    }

    // This process has a user, and the system vouches for it.
    let client = connect(&name).await?;
    println!("the second client is let in by {}", client.peer());

    // One is enough: the library says no.
    if let Err(error) = connect(&name).await {
        println!("the third client: {error}");
    }
    client.close(Duration::from_secs(5)).await?;
    server.close(Duration::from_secs(5)).await?;
    Ok(())
}

async fn serve(server: Server, mut accept: Accept) -> Result<(), AcceptError> {
    loop {
        if let Some(socket) = decide(accept.await?) {
            tokio::spawn(async move { socket.ended().await });
        }
        accept = server.accept();
    }
}

/// Decides before any byte of the client's messages. Dropping an `Incoming` would refuse it, too.
fn decide(incoming: Incoming) -> Option<Socket> {
    match incoming.peer().credentials() {
        Some(credentials) => {
            println!("server: {credentials} may come in");
            incoming.accept().ok()
        }
        None => {
            incoming.refuse(UNKNOWN_USER, "only users of this machine");
            None
        }
    }
}
