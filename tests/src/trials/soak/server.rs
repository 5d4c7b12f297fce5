//! The process that serves: every message is answered by one of the server's own.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::thread;

use bowline_runtime::{Admission, CloseReason, Endpoint, ReadError, Server, ServerOptions, Socket};

use super::line::Line;
use super::tally::{Count, Said, Tally};
use super::{print_counts, settings};
use crate::Adapter;
use crate::trials::{PLACES, Place};

/// Serves on all adapters, or one, until nobody holds its input any more: prints where it listens, then `ready`, then
/// its counts, and what `held` says of its heap, from time to time.
///
/// # Panics
/// When it can't listen.
pub fn play(adapter: &str, directory: &str, held: fn() -> usize) {
    let tally = Arc::new(Tally::default());
    let places = PLACES.into_iter().filter(|place| matches!(adapter, "all") || place.name == adapter);
    let serving: Vec<_> = places.map(|place| serve(place, directory, &tally)).collect();
    println!("ready");
    io::stdout().flush().expect("the parent listens");
    let printed = Arc::clone(&tally);
    drop(thread::spawn(move || print_counts(&printed, held)));
    let _dismissed = io::stdin().read(&mut [0]);
    drop(serving);
    println!("{}", Said::now(&tally, held));
}

/// One adapter's servers, on both transports.
fn serve(place: Place, directory: &str, tally: &Arc<Tally>) -> (Vec<Server>, Arc<dyn Adapter>) {
    let adapter: Arc<dyn Adapter> = Arc::from((place.make)());
    let path = Endpoint::unix(format!("{directory}/{}", place.name));
    let endpoints = [path, Endpoint::tcp("127.0.0.1", 0)].map(|made| made.expect("it is short and plain"));
    let admission = Admission::new().max_clients(10_000).max_per_user(10_000).backlog(10_000);
    let options = ServerOptions::new().admission(admission).config(settings());
    let servers = endpoints.map(|endpoint| {
        let server = adapter.bind(&endpoint, options).expect("nobody else listens there");
        let (executor, tally) = (Arc::clone(&adapter), Arc::clone(tally));
        let connected = move |socket| executor.spawn(Box::pin(answer(socket, Arc::clone(&tally))));
        server.on_connect(|_peer| true, connected);
        println!("listening {} {}", place.name, server.endpoint().expect("it listens at one"));
        server
    });
    (servers.into(), adapter)
}

/// Answers one client until it goes.
async fn answer(socket: Socket, tally: Arc<Tally>) {
    let mut line = Line::new(socket, fastrand::Rng::new(), &tally);
    tally.add(Count::Connections, 1);
    let end = loop {
        if let Err(error) = line.receive().await {
            break error;
        }
        if let Err(_gone) = line.send().await {
            // The reads say why, in their turn.
        }
    };
    line.received.end(line.received.known(), &tally);
    // A client that aborts is lost.
    if !matches!(end, ReadError::Closed(CloseReason::PeerClosed | CloseReason::PeerLost { .. })) {
        eprintln!("a connection of the server: {end}");
        tally.add(Count::Broken, 1);
    }
}
