//! One to many: what one client says goes to all others, and one that does not listen holds nobody up. This file knows no
//! runtime: the program that it is a module of says which adapter it is about.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::adapter::{BindOptions, Bytes, Config, ServerOptions, Socket, bind_with, connect};

const LINES: usize = 1000;

pub(crate) async fn run() -> Result<(), Box<dyn core::error::Error>> {
    let name = format!("local://chat-{}", std::process::id());
    // Up to 100 messages wait for a client; further ones pass it by.
    let options = ServerOptions::new().config(Config::new().queue_messages(100));
    let server = bind_with(&name, &BindOptions::new(), options)?;
    let room = Room::default();
    server.on_connect(|_peer| true, move |socket| room.attend(&socket));

    let (ann, bob, sleeper) = (connect(&name).await?, connect(&name).await?, connect(&name).await?);
    for client in [&ann, &bob] {
        client.read().await?;
    }
    for line in 0..LINES {
        ann.write(format!("line {line}: {}", "bla ".repeat(200))).await?;
        let heard = bob.read().await?;
        bob.write(format!("{} bytes, indeed", heard.len())).await?;
        ann.read().await?;
    }
    println!("ann and bob have exchanged {LINES} lines each");

    // Closing sends what still waits for the sleeper: complete, in order, and up to where there was no room.
    let closing = server.close(Duration::from_secs(5));
    let mut heard = 0;
    while let Ok(message) = sleeper.read().await {
        heard += usize::from(!message.is_empty());
    }
    println!("the sleeper has heard {heard} of {} messages", 2 * LINES + 1);
    println!("server: {:?}", closing.await?);
    Ok(())
}

/// Everybody who is connected.
#[derive(Clone, Default)]
struct Room {
    members: Arc<Mutex<BTreeMap<u64, Socket>>>,
    arrivals: Arc<AtomicU64>,
}

impl Room {
    /// Lets somebody in until the connection ends.
    fn attend(&self, socket: &Socket) {
        let member = self.arrivals.fetch_add(1, Ordering::Relaxed);
        self.members().insert(member, socket.clone());
        let _has_room = socket.write("welcome to the room").detach();
        let (hearing, leaving) = (self.clone(), self.clone());
        socket.on_message(move |_socket, message| hearing.pass_on(member, &message));
        socket.ended().on_complete(move |_reason| drop(leaving.members().remove(&member)));
    }

    /// Never waits: whoever has no room for the message misses it.
    fn pass_on(&self, speaker: u64, message: &Bytes) {
        for (_, listener) in self.members().iter().filter(|(member, _)| **member != speaker) {
            if let Ok(write) = listener.try_write(message.clone()) {
                // Dropping the task would withdraw the message; detached, it is sent without us.
                let _has_room = write.detach();
            }
        }
    }

    fn members(&self) -> MutexGuard<'_, BTreeMap<u64, Socket>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
