//! Clients that write, close, and connect again.

use core::time::Duration;
use std::fs::File;
use std::io::Write;
use std::thread;
use std::time::Instant;

use bowline_std::{Closed, ConnectOptions, DialOptions, Endpoint, Socket, connect_with};

use crate::Result;

const PATIENCE: Duration = Duration::from_secs(20);
/// Between two messages of a client that stays, and before a new attempt.
const PAUSE: Duration = Duration::from_millis(2);
/// Before a client that comes and goes comes again, and how many messages it brings: all at once, so that the server reads them
/// when the client has long had its confirmation.
const ABSENCE: Duration = Duration::from_millis(100);
const BURST: usize = 100;

/// What became of the messages of some connections.
#[derive(Default)]
struct Tally {
    confirmed: Vec<String>,
    unconfirmed: usize,
    connections: usize,
    /// Those that the server ended.
    ended: usize,
    refused: usize,
}

pub(crate) fn run(endpoint: &Endpoint, name: &str, threads: usize, seconds: u64, file: &str) -> Result {
    let end = Instant::now() + Duration::from_secs(seconds);
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let run = |thread| scope.spawn(move || client(endpoint, &format!("{name}-{thread}"), thread, end));
        let clients: Vec<_> = (0..threads).map(run).collect();
        clients.into_iter().map(|client| client.join().expect("a client does not panic")).collect()
    });
    let mut file = File::create(file)?;
    let sum = |what: fn(&Tally) -> usize| tallies.iter().map(what).sum::<usize>();
    for word in tallies.iter().flat_map(|tally| &tally.confirmed) {
        writeln!(file, "{word}")?;
    }
    println!(
        "{} connections, {} of them ended by a server; {} attempts failed; {} messages confirmed, {} not",
        sum(|tally| tally.connections),
        sum(|tally| tally.ended),
        sum(|tally| tally.refused),
        sum(|tally| tally.confirmed.len()),
        sum(|tally| tally.unconfirmed),
    );
    Ok(())
}

/// How a client behaves.
#[derive(Clone, Copy)]
struct Habit {
    /// In one connection.
    most: usize,
    between_messages: Duration,
    between_connections: Duration,
}

/// Every other client stays until the server says goodbye; the others come and go.
fn habit(thread: usize) -> Habit {
    if thread.is_multiple_of(2) {
        return Habit { most: usize::MAX, between_messages: PAUSE, between_connections: PAUSE };
    }
    Habit { most: BURST, between_messages: Duration::ZERO, between_connections: ABSENCE }
}

fn client(endpoint: &Endpoint, name: &str, thread: usize, end: Instant) -> Tally {
    let mut tally = Tally::default();
    let mut number = 0;
    let habit = habit(thread);
    while Instant::now() < end {
        let options = ConnectOptions::new().dial(DialOptions::new().allow_remote(true));
        match connect_with(endpoint, options).wait_for(PATIENCE) {
            Some(Ok(socket)) => converse(&socket, name, &mut number, habit, end, &mut tally),
            _ => tally.refused += 1,
        }
        thread::sleep(habit.between_connections);
    }
    tally
}

/// Writes as many messages as it brings, closes, and enters what the close confirms.
fn converse(socket: &Socket, name: &str, number: &mut usize, habit: Habit, end: Instant, tally: &mut Tally) {
    tally.connections += 1;
    let mut written = Vec::new();
    while written.len() < habit.most && Instant::now() < end {
        let word = format!("{name}-{number}");
        match socket.write(message(&word, *number)).wait() {
            Ok(place) => written.push((place, word)),
            // Not sent: the same message goes out on the next connection, as a program would do it.
            Err(error) if error.clone().into_payload().is_some() => break,
            Err(_unknown) => tally.unconfirmed += 1,
        }
        *number += 1;
        thread::sleep(habit.between_messages);
    }
    if written.len() < habit.most && Instant::now() < end {
        tally.ended += 1;
    }
    settle(socket, written, tally);
}

fn settle(socket: &Socket, written: Vec<(u64, String)>, tally: &mut Tally) {
    let first_unconfirmed = match socket.close(PATIENCE).wait() {
        Ok(Closed::Clean) => u64::MAX,
        Ok(Closed::Unconfirmed { from, .. }) => from,
        _ => 0,
    };
    for (place, word) in written {
        if place < first_unconfirmed {
            tally.confirmed.push(word);
        } else {
            tally.unconfirmed += 1;
        }
    }
}

/// Mostly a short one; some are long enough to leave in several chunks.
fn message(word: &str, number: usize) -> String {
    let length = if number % 50 == 49 { 200_000 } else { number % 200 };
    format!("{word} {}", "·".repeat(length / 2))
}
