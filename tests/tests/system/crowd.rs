//! Many connections between two processes.

use bowline_tests::{Directory, Transport};

use crate::kit::{Place, quick_or_long};
use crate::victim::Victim;

/// Many clients connect to a server of which the system lets eight wait. Only local clients are told that it is full; those
/// over TCP would wait for the system to try again.
///
/// Mutant: a full backlog is an error of the connect.
pub(crate) fn a_storm_on_a_short_backlog(place: Place) {
    storm(place, quick_or_long(300, 1000), if place.transport == Transport::Tcp { "4096" } else { "8" });
}

/// All are open at once, each exchanges a message, all close clean, and no descriptor stays open on either side.
///
/// Mutant: a connection that was closed in order keeps its transport.
pub(crate) fn many_connections_at_once(place: Place) {
    storm(place, quick_or_long(500, 9500), "4096");
}

fn storm(place: Place, count: usize, backlog: &str) {
    let directory = Directory::new();
    let endpoint = place.endpoint(&directory).to_string();
    let mut server = Victim::spawn(&[place.adapter, "serve", &endpoint, "--callbacks", "--backlog", backlog]);
    let endpoint = server.expect_ready().to_string();
    let mut clients = Victim::spawn(&[place.adapter, "storm", &endpoint, &count.to_string()]);
    assert_eq!(clients.expect::<usize>("open"), count);
    assert_eq!(clients.expect::<usize>("exchanged"), count);
    let client_side: [usize; 2] = [clients.expect("threads"), clients.expect("resident")];
    server.go_on();
    assert_eq!(server.expect::<usize>("accepted"), count);
    let server_side: [usize; 2] = [server.expect("threads"), server.expect("resident")];
    println!(
        "{}, {}, {count} at once: [threads, resident KiB] of clients {client_side:?}, of server {server_side:?}",
        place.adapter,
        place.transport(),
    );
    clients.go_on();
    assert_eq!(clients.expect::<usize>("clean"), count);
    clients.expect_end();
    server.go_on();
    assert_eq!(server.expect::<usize>("leaked"), 0);
    server.expect_end();
}
