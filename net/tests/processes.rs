//! Servers in processes of their own, killed. Apart from the other tests, because between fork and exec a child holds
//! copies of everything that is open, for a moment, and the others look at what is closed.
#![cfg(unix)]

#[path = "../src/scratch.rs"]
mod scratch;

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use bowline_net::{BindError, BindOptions, Endpoint, bind};
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
    for _ in 0..5 {
        let child = server(&endpoint);
        assert!(is_in_use(&endpoint));
        kill(child, &path);
    }
    drop(bind(&endpoint, &BindOptions::new()).unwrap());
    assert!(!path.exists());
}
