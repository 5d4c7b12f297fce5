//! Servers in processes of their own, killed. Apart from the other tests, because between fork and exec a child holds
//! copies of everything that is open, for a moment, and the others look at what is closed.
#![cfg(unix)]

#[path = "net/scale.rs"]
mod scale;
#[path = "../src/scratch.rs"]
mod scratch;

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::thread;

use bowline_net::{BindError, BindOptions, Endpoint, bind};
use scale::times;
use scratch::Scratch;

const ENDPOINT: &str = "BOWLINE_TEST_ENDPOINT";

/// Not a test: what the killed process does.
#[test]
#[ignore = "runs as the child of another test"]
fn serve_until_killed() {
    let Ok(endpoint) = std::env::var(ENDPOINT) else { return };
    let _server = bind(&endpoint.parse().unwrap(), &BindOptions::new()).unwrap();
    println!("\nbound");
    io::stdout().flush().unwrap();
    // The parent never writes: only its end or ours ends this.
    let _ = io::stdin().read_line(&mut String::new());
}

/// A server that is listening by now.
fn server(endpoint: &Endpoint) -> Child {
    let mut child = Command::new(std::env::current_exe().expect("we run"))
        .args(["--exact", "serve_until_killed", "--ignored", "--nocapture"])
        .env(ENDPOINT, endpoint.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("we can run again");
    let stdout = child.stdout.take().expect("it is piped");
    assert!(BufReader::new(stdout).lines().any(|line| line.is_ok_and(|line| line == "bound")));
    child
}

fn is_in_use(endpoint: &Endpoint) -> bool {
    matches!(bind(endpoint, &BindOptions::new()), Err(BindError::InUse { .. }))
}

fn kill(mut child: Child, path: &Path) {
    child.kill().expect("it is ours");
    child.wait().expect("it is ours");
    assert!(path.exists(), "a killed server can't clean up");
}

#[test]
fn a_living_server_stays_and_a_killed_one_gives_way() {
    let scratch = Scratch::new();
    let path = scratch.path().join("socket");
    let endpoint = Endpoint::unix(&path).unwrap();
    for _ in 0..times(5, 1000) {
        let child = server(&endpoint);
        assert!(is_in_use(&endpoint));
        kill(child, &path);
    }
    drop(bind(&endpoint, &BindOptions::new()).unwrap());
    assert!(!path.exists());
}

/// Who comes at the same time to take over what a killed server left behind.
const HEIRS: usize = 4;

/// Mutant: a lock that somebody has is taken for ours.
#[test]
fn of_those_who_take_over_from_a_killed_server_one_wins() {
    let scratch = Scratch::new();
    let path = scratch.path().join("socket");
    let endpoint = Endpoint::unix(&path).unwrap();
    for _ in 0..times(5, 1000) {
        kill(server(&endpoint), &path);
        let start = Barrier::new(HEIRS);
        let heirs: Vec<_> = thread::scope(|scope| {
            let heir = || {
                start.wait();
                bind(&endpoint, &BindOptions::new())
            };
            let heirs: Vec<_> = (0..HEIRS).map(|_| scope.spawn(heir)).collect();
            heirs.into_iter().map(|heir| heir.join().unwrap()).collect()
        });
        assert_eq!(heirs.iter().filter(|heir| heir.is_ok()).count(), 1);
        let others = heirs.into_iter().filter_map(Result::err);
        assert!(others.into_iter().all(|error| matches!(error, BindError::InUse { .. })));
    }
    assert!(!path.exists());
}
