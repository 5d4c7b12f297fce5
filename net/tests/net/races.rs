//! Many servers after one path: exactly one has it at any time, and nobody is thrown out.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::os::unix::net::UnixListener;
use std::sync::Barrier;
use std::thread;

use bowline_net::{BindError, BindOptions, Bound, Endpoint, bind};

use crate::paths::place;
use crate::scale::times;
use crate::scratch::Scratch;
use crate::{accepted, connect, exchange};

fn try_bind(endpoint: &Endpoint) -> Option<Bound> {
    match bind(endpoint, &BindOptions::new()) {
        Ok(bound) => Some(bound),
        Err(BindError::InUse { .. }) => None,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn of_64_racers_one_wins() {
    const RACERS: usize = 64;
    for round in 0..times(20, 200) {
        let scratch = Scratch::new();
        let (path, endpoint) = place(&scratch);
        if round % 2 == 0 {
            drop(UnixListener::bind(&path).unwrap());
        }
        let start = Barrier::new(RACERS);
        // Nobody lets go before all have tried: what is returned lives until all are joined.
        let owners: Vec<Bound> = thread::scope(|scope| {
            let racer = || {
                start.wait();
                try_bind(&endpoint)
            };
            let racers: Vec<_> = (0..RACERS).map(|_| scope.spawn(racer)).collect();
            racers.into_iter().filter_map(|racer| racer.join().unwrap()).collect()
        });
        assert_eq!(owners.len(), 1);
        let (client, _) = connect(&endpoint).unwrap();
        exchange(&client, &accepted(&owners[0]).socket);
    }
}

/// Binds and lets go, over and over. Whoever has it is alone with it, and is the one whom clients reach.
fn take_turns(endpoint: &Endpoint, owners: &AtomicUsize) {
    for _ in 0..50 {
        let server = crate::eventually(|| try_bind(endpoint));
        assert_eq!(owners.fetch_add(1, Ordering::SeqCst), 0, "two at a time");
        let (client, _) = connect(endpoint).expect("the path is its owner's");
        exchange(&client, &accepted(&server).socket);
        owners.fetch_sub(1, Ordering::SeqCst);
    }
}

#[test]
fn letting_go_and_taking_over_never_overlap() {
    let scratch = Scratch::new();
    let (_, endpoint) = place(&scratch);
    let owners = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| take_turns(&endpoint, &owners));
        }
    });
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}
