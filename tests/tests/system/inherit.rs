//! What child processes get of our descriptors: nothing by spawning, and no power over our peers by forking.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use core::time::Duration;

use bowline_runtime::{CloseReason, Config};
use bowline_tests::Directory;
use bowline_tests::watchdog::PATIENCE;

use crate::kit::Place;
use crate::victim::Victim;

/// More than all the buffers between two sockets hold.
const LONG: usize = 12 << 20;

/// Sockets in every state, and what the adapter needs of the system for itself.
///
/// Mutants: sockets are made, or accepted, without `CLOEXEC`.
pub(crate) fn children_get_none_of_our_descriptors(place: Place) {
    let world = place.world();
    let server = world.serve();
    let (client, _served) = world.join(&server, Config::new());
    let accept = server.accept();
    let _undecided = world.connect(&server);
    let _incoming = accept.wait().unwrap();
    // A write that is blocked may take a descriptor more.
    let mut blocked = client.write(vec![0; LONG]);
    assert!(blocked.wait_for(Duration::ZERO).is_none(), "the buffers took everything");
    let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let inherited = descriptors(child.id());
    drop(child.stdin.take());
    child.wait().unwrap();
    assert!(!inherited.is_empty(), "it had not even its own");
    assert_eq!(inherited.iter().filter(|target| is_ours(target)).collect::<Vec<_>>(), Vec::<&String>::new());
}

/// What the descriptors of a process lead to.
fn descriptors(process: u32) -> Vec<String> {
    let listed = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let target = |link: PathBuf| Some(fs::read_link(link).ok()?.to_string_lossy().into_owned());
    listed.flatten().filter_map(|entry| target(entry.path())).collect()
}

/// Nothing of this kind is handed to the child on purpose.
fn is_ours(target: &str) -> bool {
    target.starts_with("socket:") || target.starts_with("anon_inode:") || target.ends_with(".lock")
}

/// The child sleeps all the time.
///
/// Mutant: a transport is closed without being shut down.
pub(crate) fn a_forked_child_keeps_no_peer_waiting(place: Place) {
    let (directory, world) = (Directory::new(), place.world());
    let endpoint = place.endpoint(&directory).to_string();
    let mut victim = Victim::spawn(&[place.adapter, "fork", &endpoint]);
    let endpoint = victim.expect_ready();
    let connect = || world.adapter.connect(&endpoint, Config::new()).wait().unwrap();
    let mut ends = [connect(), connect()].map(|client| client.ended());
    let _child: u32 = victim.expect("forked");
    victim.go_on();
    let [first, second] = ends.each_mut().map(|ended| ended.wait_for(PATIENCE).expect("it is told").unwrap());
    let [closed, lost] = if first == CloseReason::PeerClosed { [first, second] } else { [second, first] };
    assert_eq!(closed, CloseReason::PeerClosed);
    assert!(matches!(lost, CloseReason::PeerLost { .. }), "{lost}");
    victim.go_on();
    let _stopped: u32 = victim.expect("stopped");
    let mut late = world.adapter.connect(&endpoint, Config::new());
    let late = late.wait_for(Duration::from_secs(5)).expect("nobody listens any more, and that is told");
    assert!(late.is_err(), "nobody is there");
    victim.go_on();
    victim.expect_end();
}
