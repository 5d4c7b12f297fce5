//! A cancel and a completion at the same time, from two threads.

use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use bowline_runtime::{Bytes, Cancelled, Closed, Read, Socket, Write};
use bowline_tests::Numbered;
use bowline_tests::watchdog::PATIENCE;

use crate::kit::{Place, quick_or_long};

/// Reads and writes are cancelled while the other side completes them: each has one outcome, and what was received is
/// exactly what was not taken back. No message is there twice, in part or out of order.
///
/// Mutants: a read that is cancelled too late drops its message; a write that was taken back is sent all the same.
pub(crate) fn one_outcome_each(place: Place) {
    let count = quick_or_long(20_000, 250_000);
    let world = place.world();
    let (client, served) = world.pair();
    let (reads, cancels) = mpsc::sync_channel(4);
    let receiving = thread::spawn(move || receive(&served, &reads));
    let cancelling = thread::spawn(move || cancel_each(&cancels));
    let mut sent = write_and_cancel(&client, count);
    assert_eq!(client.close(PATIENCE).wait(), Ok(Closed::Clean));
    let (taken, (late, in_time)) = (receiving.join().unwrap(), cancelling.join().unwrap());
    println!(
        "{}, {}: {count} writes, {} sent; {} read, {} by a late cancel, {in_time} cancelled in time",
        place.adapter,
        place.transport(),
        sent.len(),
        taken.len(),
        late.len()
    );
    assert!(taken.is_sorted(), "out of order");
    assert!(late.is_sorted(), "out of order among those that were cancelled too late");
    let mut received = [taken, late].concat();
    received.sort_unstable();
    sent.sort_unstable();
    assert!(received == sent, "sent and received differ");
}

/// Every other read is for the other thread to cancel while its message may come.
fn receive(socket: &Socket, cancels: &SyncSender<Read>) -> Vec<u64> {
    let mut taken = Vec::new();
    loop {
        cancels.send(socket.read()).unwrap();
        match socket.read().wait() {
            Ok(message) => taken.push(number(&message)),
            Err(_ended) => return taken,
        }
    }
}

/// The messages of those that were cancelled too late, and how many were not.
fn cancel_each(cancels: &Receiver<Read>) -> (Vec<u64>, usize) {
    let (mut late, mut in_time, mut chance) = (Vec::new(), 0, Numbered::new(2));
    for read in cancels {
        pause(chance.random() % 400);
        match read.cancel() {
            Some(message) => late.push(number(&message)),
            None => in_time += 1,
        }
    }
    (late, in_time)
}

/// Which were sent. Every other one is taken back while another thread drives; that one waits for the rest.
fn write_and_cancel(socket: &Socket, count: usize) -> Vec<u64> {
    let mut chance = Numbered::new(1);
    let (driven, drives) = mpsc::sync_channel::<(u64, Write)>(4);
    let driver = thread::spawn(move || {
        drives.iter().map(|(number, write)| write.wait().map(|_| number).unwrap()).collect::<Vec<_>>()
    });
    let mut sent = Vec::new();
    for number in 0..u64::try_from(count).unwrap() {
        let write = socket.write(number.to_le_bytes().to_vec());
        if number % 2 == 0 {
            driven.send((number, write)).unwrap();
        } else {
            pause(chance.random() % 400);
            sent.extend(is_too_late(write.cancel()).then_some(number));
        }
    }
    drop(driven);
    sent.extend(driver.join().unwrap());
    sent
}

/// Long enough for the other thread to be anywhere.
fn pause(turns: u64) {
    (0..turns).for_each(|_| core::hint::spin_loop());
}

fn is_too_late(cancelled: Cancelled<Bytes>) -> bool {
    match cancelled {
        Cancelled::Recalled(_) | Cancelled::Aborted => false,
        Cancelled::TooLate => true,
        other => panic!("{other:?}"),
    }
}

fn number(message: &Bytes) -> u64 {
    u64::from_le_bytes(message[..].try_into().unwrap())
}
