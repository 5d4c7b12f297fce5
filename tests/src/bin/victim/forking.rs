//! A child that holds copies of all descriptors and never touches them.

#![allow(unsafe_code, reason = "fork can't be called without")]

use bowline_net::BindOptions;
use bowline_runtime::{Config, Endpoint};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{ForkResult, Pid, fork, pause};
use rustix::process::set_parent_process_death_signal;

use crate::host::Host;
use crate::process::{self, print};

/// Lets two clients in and forks. On a line it ends both connections, one in order and one without a word; on the next one
/// it ends the server, on the third the child.
pub(crate) fn run(host: &Host, endpoint: &Endpoint) {
    let server = host.bind(endpoint, &BindOptions::new(), Config::new());
    let accepts = [server.accept(), server.accept()];
    print("ready", server.endpoint().expect("it listens"));
    let [closed, aborted] =
        accepts.map(|accept| accept.wait().expect("a client comes").accept().expect("it waits"));
    let child = forked();
    print("forked", child);
    process::wait_for_a_line();
    drop(closed);
    aborted.abort();
    process::wait_for_a_line();
    server.close(core::time::Duration::ZERO).wait().expect("nobody misuses it");
    print("stopped", 0);
    process::wait_for_a_line();
    kill(child, Signal::SIGKILL).expect("it sleeps");
}

fn forked() -> Pid {
    // SAFETY: of all that a child of a process with threads must not do, this one does nothing: it makes system calls only,
    // and sleeps in the last of them until it is killed, without taking a lock, using memory or returning.
    match unsafe { fork() }.expect("the system has room for it") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            let _else_it_outlives_a_failed_test =
                set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
            loop {
                pause();
            }
        }
    }
}
