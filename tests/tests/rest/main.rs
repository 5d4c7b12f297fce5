//! What a connection holds once it has come to rest, in a process where nobody else allocates.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

#[path = "../../src/heap.rs"]
#[allow(dead_code, reason = "others need more of it")]
mod heap;

use core::time::Duration;
use std::thread;

use bowline_runtime::Socket;
use bowline_std::{bind, connect};
use bowline_tests::watchdog;

/// So many messages wait at once: their places in the queues are 150 KiB.
const BURST: usize = 1000;
/// The library's threads keep lists of up to 1,024 wake-ups.
const LISTS: usize = 64 << 10;

/// What is held once others have let go of what was theirs; idle threads end after 200 ms.
fn settled(enough: usize) -> Option<usize> {
    let held = heap::held();
    thread::sleep(Duration::from_millis(500));
    (heap::held() == held && held <= enough).then_some(held)
}

/// A queue that was long once holds no memory for that when the connection is idle.
///
/// Mutant: `Link::look_around` does not let the connection rest.
#[test]
fn an_idle_connection_holds_no_queues() {
    watchdog::run("rest", || {
        let server = bind(format!("local://rest-{}", std::process::id()).as_str()).unwrap();
        let (accept, connect) = (server.accept(), connect(server.endpoint().unwrap()));
        let served = accept.wait().unwrap().accept().unwrap();
        let client = connect.wait().unwrap();
        exchange(&client, &served, 1);
        let before = watchdog::eventually("a process that is at rest", || settled(usize::MAX));
        exchange(&client, &served, BURST);
        watchdog::eventually("a process that holds no more than before", || settled(before + LISTS));
    });
}

/// On a thread of its own, since threads keep memory, too.
fn exchange(client: &Socket, served: &Socket, messages: usize) {
    thread::scope(|scope| drop(scope.spawn(|| burst(client, served, messages))));
}

fn burst(client: &Socket, served: &Socket, messages: usize) {
    let reads: Vec<_> = (0..messages).map(|_| served.read()).collect();
    let writes: Vec<_> = (0..messages).map(|_| client.write("m")).collect();
    for write in writes {
        write.wait().unwrap();
    }
    for read in reads {
        assert_eq!(read.wait().unwrap(), "m");
    }
}
