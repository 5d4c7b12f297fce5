//! The n-th live read owns the n-th message, writes leave in the order they were made, whoever makes them.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;

use bowline_runtime::{Bytes, Socket};
use bowline_tests::{World, watchdog};

use crate::kit::{post, receive};

const PARTIES: usize = 8;
const EACH: usize = 100;

/// Mutant: two writes change places; a read takes the message of the one before it.
pub(crate) fn eight_writers_and_eight_readers(world: &World) {
    let (client, server) = world.pair();
    let writers: Vec<_> = (0..PARTIES)
        .map(|writer| {
            let client = client.clone();
            thread::spawn(move || (0..EACH).for_each(|number| write(&client, writer, number)))
        })
        .collect();
    let tickets = Arc::new(Mutex::new(0));
    let readers: Vec<_> = (0..PARTIES)
        .map(|_| {
            let (server, tickets) = (server.clone(), Arc::clone(&tickets));
            thread::spawn(move || (0..EACH).map(|_| read(&server, &tickets)).collect::<Vec<_>>())
        })
        .collect();
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    let messages = readers.into_iter().flat_map(|reader| reader.join().unwrap());
    assert_complete_and_in_order(messages.collect());
}

/// Half of them wait, the others let go.
fn write(socket: &Socket, writer: usize, number: usize) {
    let message = format!("{writer} {number}");
    if number.is_multiple_of(2) {
        socket.write(message).wait().unwrap();
    } else if let Err(no_room) = socket.write(message).detach() {
        no_room.wait().unwrap();
    }
}

/// Reads a message; which one by the order of the reads, and what it says.
fn read(socket: &Socket, tickets: &Mutex<usize>) -> (usize, Bytes) {
    let (ticket, read) = {
        let mut next = tickets.lock().unwrap();
        *next += 1;
        (*next, socket.read())
    };
    (ticket, read.wait().unwrap())
}

/// The same with tasks of an executor.
pub(crate) fn eight_writing_and_eight_reading_tasks(world: &World) {
    let (client, server) = world.pair();
    let (results, messages) = mpsc::channel();
    let tickets = Arc::new(Mutex::new(0));
    for party in 0..PARTIES {
        let client = client.clone();
        world.adapter.spawn(Box::pin(async move {
            for number in 0..EACH {
                client.write(format!("{party} {number}")).await.unwrap();
            }
        }));
        let (server, tickets, results) = (server.clone(), Arc::clone(&tickets), results.clone());
        world.adapter.spawn(Box::pin(async move {
            for _ in 0..EACH {
                let (ticket, read) = {
                    let mut next = tickets.lock().unwrap();
                    *next += 1;
                    (*next, server.read())
                };
                results.send((ticket, read.await.unwrap())).unwrap();
            }
        }));
    }
    let messages = (0..PARTIES * EACH).map(|_| watchdog::next("a message", &messages));
    assert_complete_and_in_order(messages.collect());
}

/// By the order of the reads, each writer's messages are all there and ascend.
fn assert_complete_and_in_order(messages: BTreeMap<usize, Bytes>) {
    assert_eq!(messages.len(), PARTIES * EACH);
    let mut expected = [0; PARTIES];
    for message in messages.values() {
        let text = str::from_utf8(message).unwrap();
        let (writer, number) = text.split_once(' ').unwrap();
        let expected = &mut expected[writer.parse::<usize>().unwrap()];
        assert_eq!(number.parse(), Ok(*expected), "writer {writer}");
        *expected += 1;
    }
    assert_eq!(expected, [EACH; PARTIES]);
}

pub(crate) fn many_queued_reads(world: &World) {
    let (client, server) = world.pair();
    let mut reads: Vec<_> = (0..1000).map(|_| server.read()).collect();
    (0..500_u32).for_each(|number| post(&client, number.to_le_bytes().to_vec()));
    // The last one first: the others' results keep.
    let last = reads.remove(999);
    let rest = thread::spawn(move || {
        for number in 500..1000_u32 {
            client.write(number.to_le_bytes().to_vec()).wait().unwrap();
        }
        client
    });
    assert_eq!(last.wait().unwrap(), &999_u32.to_le_bytes()[..]);
    for (number, read) in (0_u32..).zip(reads) {
        assert_eq!(read.wait().unwrap(), &number.to_le_bytes()[..]);
    }
    rest.join().unwrap();
}

/// To and fro, each side waiting in both ways: no wake-up is lost.
///
/// Mutant: a task looks before it registers and not again afterwards.
pub(crate) fn to_and_fro(world: &World) {
    let (client, server) = world.pair();
    world.adapter.spawn(Box::pin(async move {
        while let Ok(message) = server.read().await {
            if server.write(message).await.is_err() {
                break;
            }
        }
    }));
    for number in 0..300_u32 {
        let message = number.to_le_bytes().to_vec();
        post(&client, message.clone());
        if number.is_multiple_of(2) {
            assert_eq!(receive(&client), message);
        } else {
            assert_eq!(world.run(client.read()).unwrap(), message);
        }
    }
}

/// Both sides send a lot and read a lot at the same time.
pub(crate) fn both_ways_at_once(world: &World) {
    let sockets: [Socket; 2] = world.pair().into();
    let threads = sockets.map(|socket| {
        let writer = socket.clone();
        let writing = thread::spawn(move || {
            for number in 0..200_u32 {
                writer.write(number.to_le_bytes().repeat(2000)).wait().unwrap();
            }
        });
        let reading = thread::spawn(move || {
            for number in 0..200_u32 {
                assert_eq!(receive(&socket), number.to_le_bytes().repeat(2000));
            }
            socket
        });
        (writing, reading)
    });
    let sockets = threads.map(|(writing, reading)| {
        writing.join().unwrap();
        reading.join().unwrap()
    });
    drop(sockets);
}
