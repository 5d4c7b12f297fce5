//! Reading in a `select!` loop beside a timer: the read that loses the race is dropped, and no message with it.
//!
//! `cargo run --example select`

use core::time::Duration;

use bowline_tokio::{ReadError, Socket, bind, connect};
use tokio::time::{interval, sleep};

const MESSAGES: usize = 1000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let name = format!("local://select-{}", std::process::id());
    let server = bind(&name)?;
    let accept = server.accept();
    tokio::spawn(async move {
        let socket = accept.await?.accept()?;
        for number in 0..MESSAGES {
            socket.write(number.to_string()).await?;
            if number % 100 == 0 {
                sleep(Duration::from_millis(5)).await;
            }
        }
        socket.close(Duration::from_secs(5)).await?;
        Ok::<(), Box<dyn core::error::Error + Send + Sync>>(())
    });

    let (messages, dropped) = read_beside_a_timer(&connect(&name).await?).await?;
    assert!(messages.iter().enumerate().all(|(number, text)| *text == number.to_string()));
    println!("{} messages in order; {dropped} reads were dropped on the way", messages.len());
    if messages.len() == MESSAGES { Ok(()) } else { Err("messages were lost".into()) }
}

/// Each turn of the loop queues a new read. When the timer wins, that read is dropped: a message that had come for it
/// goes to the next one.
async fn read_beside_a_timer(socket: &Socket) -> Result<(Vec<String>, usize), ReadError> {
    let mut timer = interval(Duration::from_millis(1));
    let (mut messages, mut dropped) = (Vec::new(), 0);
    loop {
        tokio::select! {
            _ = timer.tick() => dropped += 1,
            message = socket.read() => match message {
                Ok(message) => messages.push(String::from_utf8_lossy(&message).into_owned()),
                Err(ReadError::Closed(_)) => return Ok((messages, dropped)),
                Err(misuse) => return Err(misuse),
            },
        }
    }
}
