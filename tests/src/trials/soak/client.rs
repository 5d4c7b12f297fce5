//! The process that connects: each connection lives for some rounds, ends in one of three ways, and comes again.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::{self, Read};
use std::sync::Arc;
use std::thread;

use bowline_runtime::{Closed, Endpoint, Socket};
use smol::Timer;

use super::line::Line;
use super::tally::{Count, Said, Tally};
use super::{print_counts, settings};
use crate::Adapter;
use crate::trials::{Place, within};
use crate::watchdog::{self, PATIENCE};

/// Holds so many connections to servers, given as `ADAPTER=ENDPOINT`, until nobody holds its input any more; prints its
/// counts, and what `held` says of its heap, from time to time.
///
/// # Panics
/// When an argument is not right, or a connection does not come to its end.
pub fn play(connections: usize, seed: u64, servers: &[String], held: fn() -> usize) {
    let (tally, stop) = (Arc::new(Tally::default()), Arc::new(AtomicBool::new(false)));
    let adapters: Vec<_> = servers.iter().map(|server| adapter_of(server)).collect();
    let mut choices = fastrand::Rng::with_seed(seed);
    for (adapter, endpoint) in adapters.iter().cycle().take(connections) {
        let client = Client {
            adapter: Arc::clone(adapter),
            endpoint: endpoint.clone(),
            choices: choices.fork(),
            tally: Arc::clone(&tally),
            stop: Arc::clone(&stop),
        };
        adapter.spawn(Box::pin(client.live()));
    }
    let printed = Arc::clone(&tally);
    drop(thread::spawn(move || print_counts(&printed, held)));
    let _dismissed = io::stdin().read(&mut [0]);
    stop.store(true, Ordering::Relaxed);
    // Whoever lives holds a clone of it.
    watchdog::until("the end of all connections", || {
        thread::sleep(Duration::from_millis(20));
        Arc::strong_count(&stop) == 1
    });
    println!("{}", Said::now(&tally, held));
}

fn adapter_of(server: &str) -> (Arc<dyn Adapter>, Endpoint) {
    let (name, endpoint) = server.split_once('=').expect("ADAPTER=ENDPOINT");
    let place = Place::named(name).expect("an adapter");
    (Arc::from((place.make)()), endpoint.parse().expect("an endpoint"))
}

struct Client {
    adapter: Arc<dyn Adapter>,
    endpoint: Endpoint,
    choices: fastrand::Rng,
    tally: Arc<Tally>,
    stop: Arc<AtomicBool>,
}

impl Client {
    async fn live(mut self) {
        while !self.stop.load(Ordering::Relaxed) {
            self.pause().await;
            if let Err(failure) = self.connection().await {
                eprintln!("a connection of the client: {failure}");
                self.tally.add(Count::Broken, 1);
            }
        }
    }

    async fn pause(&mut self) {
        Timer::after(Duration::from_millis(self.choices.u64(200..3000))).await;
    }

    /// One connection from its beginning to its end.
    async fn connection(&mut self) -> Result<(), String> {
        let connect = self.adapter.connect(&self.endpoint, settings());
        let socket = within("a connect", connect).await?.map_err(|error| error.to_string())?;
        self.tally.add(Count::Connections, 1);
        let mut line = Line::new(socket.clone(), self.choices.fork(), &self.tally);
        for _ in 0..self.choices.u32(1..200) {
            round(&mut line).await?;
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            self.pause().await;
        }
        drop(line);
        self.end(socket).await
    }

    /// In order, by leaving, or by abort; nothing is under way.
    async fn end(&mut self, socket: Socket) -> Result<(), String> {
        match self.choices.u8(..4) {
            0 => socket.abort(),
            1 => drop(socket),
            _ => match within("a close", socket.close(PATIENCE)).await? {
                Ok(Closed::Clean) => {}
                other => return Err(format!("a close: {other:?}")),
            },
        }
        Ok(())
    }
}

/// Some messages, and as many answers.
async fn round(line: &mut Line) -> Result<(), String> {
    let count = line.choices.u32(1..5);
    for _ in 0..count {
        within("a write", line.send()).await??;
    }
    for _ in 0..count {
        let answer = within("an answer", line.receive()).await;
        if let Err(failure) = answer.and_then(|read| read.map_err(|error| error.to_string())) {
            line.received.end(line.sent, &line.tally);
            return Err(failure);
        }
    }
    line.received.end(line.sent, &line.tally);
    Ok(())
}
