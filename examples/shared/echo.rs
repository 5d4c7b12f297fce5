//! A server that sends every message back, and a client that talks to it, in one process. This file knows no runtime: the
//! program that it is a module of says which adapter it is about.

use core::time::Duration;

use super::adapter::{bind, connect};

pub(crate) async fn run() -> Result<(), Box<dyn core::error::Error>> {
    // One endpoint type for every transport: `unix:///run/app.sock` or `tcp://127.0.0.1:4000` would do as well.
    let name = format!("local://echo-{}", std::process::id());
    let server = bind(&name)?;
    // From here on clients are let in; before, they would be turned away.
    server.on_connect(
        |_peer| true,
        |socket| {
            socket.on_message(|socket, message| {
                // The client waits for each answer, so that there is room for it, unless it has left.
                let _has_room = socket.write(message).detach();
            });
        },
    );

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
