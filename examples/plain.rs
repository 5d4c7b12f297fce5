//! The plain profile: a 32-bit little-endian length in front of each message and nothing else, as many programs speak it.
//! Here one that knows nothing of bowline talks to a bowline server.
//!
//! `cargo run --example plain`

use core::time::Duration;

use bowline_tokio::{
    BindOptions, Config, ConnectOptions, EndpointKind, Profile, ServerOptions, Socket, WriteError, bind_with,
    connect_with,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::main]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    // Nothing is negotiated: both sides must be told to be plain.
    let config = Config::new().profile(Profile::Plain);
    let options = ServerOptions::new().config(config);
    let server = bind_with("tcp://127.0.0.1:0", &BindOptions::new(), options)?;
    server.on_connect(|_peer| true, |socket| drop(tokio::spawn(shout(socket))));

    let endpoint = server.endpoint().ok_or("no endpoint")?.clone();
    let EndpointKind::Tcp { host, port } = endpoint.kind() else { return Err("not TCP".into()) };
    let mut stream = TcpStream::connect((host, port)).await?;
    for words in ["ahoy", "", "by hand"] {
        stream.write_u32_le(u32::try_from(words.len())?).await?;
        stream.write_all(words.as_bytes()).await?;
        let mut reply = vec![0; usize::try_from(stream.read_u32_le().await?)?];
        stream.read_exact(&mut reply).await?;
        println!("by hand: {words:?} -> {:?}", String::from_utf8(reply)?);
    }
    drop(stream);

    // A bowline client does the same. Its close can say that everything has left, but not that it has arrived.
    let client = connect_with(&endpoint, ConnectOptions::new().config(config)).await?;
    client.write("by bowline").await?;
    println!("by bowline: {:?}", client.read().await?);
    println!("closed: {:?}", client.close(Duration::from_secs(5)).await?);
    Ok(())
}

/// Sends everything back in capitals.
async fn shout(socket: Socket) -> Result<(), WriteError> {
    while let Ok(message) = socket.read().await {
        socket.write(message.to_ascii_uppercase()).await?;
    }
    Ok(())
}
