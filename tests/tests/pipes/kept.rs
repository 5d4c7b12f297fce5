//! What is kept from others: from other users by the name, and from child processes.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

use bowline_runtime::{Config, ConnectError, Endpoint, EndpointKind, ServerOptions};
use bowline_tests::{World, unique_name, watchdog};

use crate::{PATIENCE, answers};

/// `local://` stands for a pipe with the user in its name.
///
/// Mutants: the user is left out; server and client find different names.
pub(crate) fn local_names(world: &World) {
    let name = unique_name();
    let endpoint = Endpoint::local(&name).unwrap();
    let server = world.adapter.bind(&endpoint, ServerOptions::new()).unwrap();
    let listening = pipe_of(server.endpoint().unwrap());
    assert!(listening.starts_with("bowline-S-1-") && listening.ends_with(&format!("-{name}")), "{listening}");
    let accept = server.accept();
    let connect = world.adapter.connect(&endpoint, Config::new());
    let served = accept.wait().unwrap().accept().unwrap();
    connect.wait().unwrap().write("ahoy").wait().unwrap();
    assert_eq!(served.read().wait().unwrap(), "ahoy");
    let nobody = Endpoint::local(unique_name()).unwrap();
    match world.adapter.connect(&nobody, Config::new()).wait() {
        Err(ConnectError::Unreachable(error)) => assert_eq!(error.kind(), ErrorKind::NotFound),
        other => panic!("{other:?}"),
    }
}

/// A child process that is told to inherit holds nothing of a pipe: it is gone with the last handle here.
///
/// Mutant: an instance is made with a descriptor that says to inherit it.
pub(crate) fn children(world: &World) {
    let server = world.serve();
    let path = format!(r"\\.\pipe\{}", pipe_of(server.endpoint().unwrap()));
    answers(world, &server);
    let connected = world.join(&server, Config::new());
    // `Command` inherits whatever can be inherited. This one waits for a line.
    let mut child = Command::new("cmd").args(["/c", "set /p line="]).stdin(Stdio::piped()).spawn().unwrap();
    drop(connected);
    server.close(PATIENCE).wait().unwrap();
    drop(server);
    watchdog::until("the pipe is gone", || {
        let opened = OpenOptions::new().read(true).write(true).open(&path);
        opened.is_err_and(|error| error.kind() == ErrorKind::NotFound)
    });
    assert!(child.try_wait().unwrap().is_none(), "the child has outlived it");
    child.kill().unwrap();
    child.wait().unwrap();
}

fn pipe_of(endpoint: &Endpoint) -> &str {
    match endpoint.kind() {
        EndpointKind::Pipe(name) => name,
        other => panic!("{other:?} is no pipe"),
    }
}
