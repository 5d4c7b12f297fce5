//! Subscribers are the program's code, and do what they like.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bowline_runtime::{Closed, Server, Socket};
use bowline_tests::{World, watchdog};
use tracing::Level;

use crate::recorder::{hook, told};

/// Mutant: `guarded` catches nothing: the keeper dies of the subscriber's panic, and the connection with it.
pub(crate) fn one_that_panics(world: &World) {
    let server = world.serve();
    let panics = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&panics);
    hook(&server, move |_record| {
        counted.fetch_add(1, Ordering::Relaxed);
        panic!("this subscriber always panics");
    });
    live(world, &server);
    told(&server, "closed");
    assert!(panics.load(Ordering::Relaxed) > 5);
}

/// Mutant: `outside` calls at once, whether a lock is held or not.
pub(crate) fn one_that_uses_the_very_socket(world: &World) {
    let server = world.serve();
    let ends = Arc::new(Mutex::new(Vec::<Socket>::new()));
    let seen = Arc::clone(&ends);
    let weak = server.clone();
    hook(&server, move |record| {
        let _counts = (weak.stats(), format!("{weak:?}"));
        let sockets = seen.lock().unwrap().clone();
        for socket in sockets {
            let _stats = (socket.stats(), socket.close_reason());
            if record.message == "received" {
                let _full = socket.post("a subscriber was here");
            }
        }
    });
    let (client, served) = world.join(&server, world.config());
    ends.lock().unwrap().push(served.clone());
    client.write("ahoy").wait().unwrap();
    assert_eq!(served.read().wait().unwrap(), "ahoy");
    assert_eq!(client.read().wait().unwrap(), "a subscriber was here");
    served.abort();
    assert_eq!(told(&server, "closed").level, Level::WARN);
    ends.lock().unwrap().clear();
}

/// The log of one server's connections goes over a connection of another's, on the same executor.
pub(crate) fn one_that_sends_its_log_over_a_socket(world: &World) {
    let (server, collector) = (world.serve(), world.serve());
    let (log, collected) = world.join(&collector, world.config());
    hook(&server, move |record| {
        let _full = log.post(format!("{} {}", record.level, record.message));
    });
    live(world, &server);
    let mut lines = Vec::new();
    while lines.last().is_none_or(|line| line != "DEBUG closed") {
        lines.push(String::from_utf8(collected.read().wait().unwrap().to_vec()).unwrap());
    }
    for line in ["DEBUG connected", "DEBUG opened", "TRACE received", "TRACE sent"] {
        assert!(lines.iter().any(|other| other == line), "{line} is missing in {lines:?}");
    }
}

/// A connection's life in order: a message there and one back, and goodbye.
fn live(world: &World, server: &Server) {
    let (client, served) = world.join(server, world.config());
    client.write("ahoy").wait().unwrap();
    assert_eq!(served.read().wait().unwrap(), "ahoy");
    served.write("aye").wait().unwrap();
    assert_eq!(client.read().wait().unwrap(), "aye");
    let close = client.close(watchdog::PATIENCE);
    assert!(served.read().wait().is_err());
    drop(served);
    assert_eq!(close.wait().unwrap(), Closed::Clean);
}
