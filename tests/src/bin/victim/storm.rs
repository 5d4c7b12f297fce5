//! Many connections at once.

use core::time::Duration;

use bowline_runtime::{Closed, Config, Endpoint, Socket};
use clap::Args;

use crate::host::Host;
use crate::process::{self, print};

#[derive(Args)]
pub(crate) struct Storm {
    endpoint: Endpoint,
    /// How many at once.
    count: usize,
}

/// Far longer than anything takes, also with ten thousand of them.
const PATIENCE: Duration = Duration::from_secs(300);

impl Storm {
    pub(crate) fn run(self, host: &Host) {
        let before = process::sockets();
        let config = Config::new().heartbeat(None).linger(PATIENCE);
        let connects: Vec<_> = (0..self.count).map(|_| host.connect(&self.endpoint, config)).collect();
        let opened =
            connects.into_iter().map(|connect| connect.wait().expect("the server lets everybody in"));
        let sockets: Vec<_> = opened.collect();
        print("open", sockets.len());
        print("exchanged", exchange(&sockets));
        print("threads", process::status("Threads:"));
        print("resident", process::status("VmRSS:"));
        // So that whoever started this can ask the server while all are open.
        process::wait_for_a_line();
        print("clean", close(&sockets));
        drop(sockets);
        process::expect_closed(before, process::sockets);
    }
}

/// All write, then all read.
fn exchange(sockets: &[Socket]) -> usize {
    let writes: Vec<_> =
        sockets.iter().enumerate().map(|(number, socket)| socket.write(number.to_string())).collect();
    for write in writes {
        write.wait().expect("the server reads");
    }
    let came_back = |(number, socket): &(usize, &Socket)| {
        socket.read().wait().expect("the server answers") == number.to_string()
    };
    sockets.iter().enumerate().filter(came_back).count()
}

/// All begin to close, then all are waited for.
fn close(sockets: &[Socket]) -> usize {
    let closes: Vec<_> = sockets.iter().map(|socket| socket.close(PATIENCE)).collect();
    closes.into_iter().map(bowline_runtime::Task::wait).filter(|closed| *closed == Ok(Closed::Clean)).count()
}
