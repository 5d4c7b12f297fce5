//! Sockets that are handed to a process as systemd does it. Apart from the other tests, because the processes here are told which
//! descriptors to take.
#![cfg(target_os = "linux")]

#[path = "../src/scratch.rs"]
mod scratch;

use std::os::fd::{AsFd, OwnedFd};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::process::Command;

use bowline_net::{
    BindError, BindOptions, Credentials, Endpoint, InheritError, Peer, PeerAddress, accept, bind, inherited,
};
use rustix::io::{FdFlags, fcntl_getfd};
use scratch::Scratch;

const ENDPOINT: &str = "BOWLINE_TEST_ENDPOINT";

/// Runs a test of this file in a process that was handed this socket as number 3, with the shell setting these variables.
fn hand(socket: impl Into<OwnedFd>, variables: &str, test: &str, endpoint: &str) {
    let script = format!("{variables} exec \"$0\" --exact {test} --ignored --nocapture 3<&0 </dev/null");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).arg(std::env::current_exe().expect("we run"));
    let output = command.stdin(socket.into()).env(ENDPOINT, endpoint).output().expect("there is a shell");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{output:?}");
}

fn endpoint() -> Endpoint {
    std::env::var(ENDPOINT).expect("the parent says it").parse().expect("it is one")
}

fn take(name: &str) -> Result<bowline_net::Bound, BindError> {
    bind(&endpoint(), &BindOptions::new().inherited(name))
}

/// Mutants: the path is removed with the server; the lock is taken; the socket is shut down; it is inherited; it can be taken twice.
#[test]
fn a_socket_is_taken_over_and_left_behind() {
    let scratch = Scratch::new();
    let path = scratch.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let late = UnixStream::connect(&path).unwrap();
    let handed = listener.try_clone().unwrap();
    let variables = "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=echo";
    hand(handed, variables, "takes_it", &format!("unix://{}", path.display()));

    assert!(path.exists());
    drop(late);
    let _client = UnixStream::connect(&path).expect("the socket still listens");
    listener.set_nonblocking(false).unwrap();
    listener.accept().expect("and has somebody waiting");
}

#[test]
#[ignore = "runs as the child of another test"]
fn takes_it() {
    assert_eq!(inherited("echo").unwrap(), Some(endpoint()));
    assert!(matches!(take("other"), Err(BindError::Inherited(InheritError::Unknown { .. }))));
    let elsewhere = bind(&"tcp://127.0.0.1:0".parse().unwrap(), &BindOptions::new().inherited("echo"));
    assert!(matches!(elsewhere, Err(BindError::Inherited(InheritError::Elsewhere { .. }))));

    let server = take("echo").expect("what was wrong before has not used it up");
    assert_eq!(server.endpoint(), &endpoint());
    assert!(fcntl_getfd(server.as_fd()).unwrap().contains(FdFlags::CLOEXEC));
    let path = std::path::PathBuf::from(endpoint().to_string().replace("unix://", ""));
    assert!(!path.with_extension("lock").exists() && !path.with_file_name("socket.lock").exists());
    let client = accept(&server).expect("somebody has waited");
    server.verify(&client.peer).expect("of our user");
    let nobody = accept(&server).expect_err("it does not block");
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);

    assert!(matches!(take("echo"), Err(BindError::Inherited(InheritError::Taken { .. }))));
    drop(server);
    assert!(matches!(take("echo"), Err(BindError::Inherited(InheritError::Taken { .. }))));
}

/// Anybody may take an abstract name, whoever makes the socket.
///
/// Mutant: the option decides there, too.
#[test]
fn at_an_abstract_name_the_user_is_always_checked() {
    let name = format!("bowline-test-inherited-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let listener = UnixListener::bind_addr(&address).unwrap();
    let variables = "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=echo";
    hand(listener, variables, "checks_the_user", &format!("abstract://{name}"));
}

#[test]
#[ignore = "runs as the child of another test"]
fn checks_the_user() {
    let options = BindOptions::new().inherited("echo").same_user(false);
    let server = bind(&endpoint(), &options).unwrap();
    let stranger = Credentials::new(rustix::process::geteuid().as_raw() + 1, 0, None);
    let stranger = Peer::new(PeerAddress::Unix(None)).with_credentials(stranger);
    server.verify(&stranger).expect_err("it is another user");
}

#[test]
fn a_descriptor_that_is_closed() {
    let listener = UnixListener::bind(Scratch::new().path().join("socket")).unwrap();
    let variables = "LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=there:gone";
    hand(listener, variables, "finds_it_closed", "tcp://127.0.0.1:0");
}

#[test]
#[ignore = "runs as the child of another test"]
fn finds_it_closed() {
    // The test harness may have opened something meanwhile, which is then no listening socket.
    let error = inherited("gone").expect_err("there is none");
    assert!(matches!(
        error,
        InheritError::Descriptor { descriptor: 4, .. } | InheritError::NotAStream { .. }
    ));
    take("gone").expect_err("neither can it be taken");
}

/// Mutant: the variables of a parent are taken for ours.
#[test]
fn what_the_parent_was_handed() {
    let scratch = Scratch::new();
    let path = scratch.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let endpoint = format!("unix://{}", path.display());
    hand(listener.try_clone().unwrap(), "LISTEN_PID=$PPID LISTEN_FDS=1", "was_handed_nothing", &endpoint);
    hand(listener, "LISTEN_FDS=1", "was_handed_nothing", &endpoint);
}

#[test]
#[ignore = "runs as the child of another test"]
fn was_handed_nothing() {
    assert_eq!(inherited("unknown").unwrap(), None);
    let error = take("unknown").expect_err("it is not ours");
    let BindError::Inherited(InheritError::OtherProcess { .. } | InheritError::NotActivated) = error else {
        panic!("{error:?}")
    };
}
