//! A server that is out of descriptors, with clients at its door.

use core::time::Duration;
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::thread;
use std::time::Instant;

use bowline_runtime::{Config, Endpoint, EndpointKind};
use bowline_tests::{Directory, watchdog};

use crate::kit::{Place, quick_or_long};
use crate::victim::Victim;

const CLIENTS: usize = 200;
const SPARE: &str = "16";

/// It does not spin, it does not give up, and who is connected stays so.
///
/// Mutants: an accept that finds no descriptor is tried again at once; or it ends the acceptor.
pub(crate) fn out_of_descriptors(place: Place) {
    let (directory, world) = (Directory::new(), place.world());
    let endpoint = place.endpoint(&directory).to_string();
    let arguments = ["serve", &endpoint, "--callbacks", "--backlog", "512", "--spare-descriptors", SPARE];
    let mut server = Victim::spawn(&[&[place.adapter][..], &arguments].concat());
    let endpoint = server.expect_ready();
    let inside = world.adapter.connect(&endpoint, Config::new()).wait().unwrap();
    let besiegers: Vec<_> = (0..CLIENTS).map(|_| Besieger::of(&endpoint)).collect();
    let share = busy_share(&server, Duration::from_secs(u64::try_from(quick_or_long(2, 10)).unwrap()));
    // Sent by pieces, as it is more than fits into the system at once.
    let long = vec![7; 12 << 20];
    inside.write(long.clone()).wait().unwrap();
    assert!(inside.read().wait().unwrap() == long, "another answer");
    drop(besiegers);
    let late = watchdog::eventually("somebody gets in again", || {
        world.adapter.connect(&endpoint, Config::new()).wait().ok()
    });
    late.write("I am in").wait().unwrap();
    assert_eq!(late.read().wait().unwrap(), "I am in");
    println!(
        "{}, {}: wanted {:.2} % of a processor under siege",
        place.adapter,
        place.transport(),
        share * 100.0
    );
    assert!(share < 0.5, "it spins: {share}");
    drop((late, inside));
    server.go_on();
    server.expect_end();
}

/// A client that connects and says nothing.
enum Besieger {
    Unix(#[expect(dead_code, reason = "kept to be dropped")] UnixStream),
    Tcp(#[expect(dead_code, reason = "kept to be dropped")] TcpStream),
}

impl Besieger {
    fn of(endpoint: &Endpoint) -> Self {
        match endpoint.kind() {
            EndpointKind::Tcp { host, port } => Self::Tcp(TcpStream::connect((host, port)).unwrap()),
            EndpointKind::Unix(path) => Self::Unix(UnixStream::connect(path).unwrap()),
            other => panic!("{other:?}"),
        }
    }
}

/// For which part of a while its threads have run or wanted to. A busy machine changes little about it: who spins wants to
/// run all the time.
fn busy_share(server: &Victim, during: Duration) -> f64 {
    let (begin, before) = (Instant::now(), server.wanted_to_run());
    thread::sleep(during);
    let since = |(thread, wanted): (PathBuf, u64)| wanted - before.get(&thread).copied().unwrap_or(0);
    let wanted = Duration::from_nanos(server.wanted_to_run().into_iter().map(since).sum());
    wanted.as_secs_f64() / begin.elapsed().as_secs_f64()
}
