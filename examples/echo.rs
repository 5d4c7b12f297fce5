//! A server that sends every message back, and a client that talks to it, in one process.
//!
//! `cargo run --example echo`

use core::time::Duration;

use bowline_tokio::{Socket, WriteError, bind, connect};

#[tokio::main]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    // One endpoint type for every transport: `unix:///run/app.sock` or `tcp://127.0.0.1:4000` would do as well.
    let name = format!("local://echo-{}", std::process::id());
    let server = bind(&name)?;
    // From here on clients are let in; before, they would be turned away.
    server.on_connect(|_peer| true, |socket| drop(tokio::spawn(echo(socket))));

    let client = connect(&name).await?;
    for words in ["ahoy", "", "a message is whole, or it is not there"] {
        client.write(words).await?;
        println!("sent {words:?}, got {:?}", client.read().await?);
    }

    // A close says whether the other side has taken everything in.
    println!("closed: {:?}", client.close(Duration::from_secs(5)).await?);
    println!("server: {:?}", server.close(Duration::from_secs(5)).await?);
    Ok(())
}

/// Reads until the client has closed and everything that came was read.
async fn echo(socket: Socket) -> Result<(), WriteError> {
    while let Ok(message) = socket.read().await {
        socket.write(message).await?;
    }
    Ok(())
}
