//! Connections on which nothing comes through any more, although nobody has ended them.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::mpsc;
use std::time::Instant;

use bowline_net::BindOptions;
use bowline_runtime::{CloseReason, Config, Endpoint, Heartbeat, Socket, Status};
use bowline_tests::watchdog::PATIENCE;
use clap::Args;

use crate::host::Host;
use crate::process::{self, print};

#[derive(Args)]
pub(crate) struct Beat {
    endpoint: Endpoint,
    /// How many connections.
    count: usize,
    /// Milliseconds of silence after which to ask.
    interval: u64,
    /// How many intervals may pass without an answer.
    misses: u32,
    /// Writes more on each connection than the system has room for.
    #[arg(long)]
    busy: bool,
}

impl Beat {
    pub(crate) fn serve(self, host: &Host) {
        let options = BindOptions::new().allow_remote(true);
        let server = host.bind(&self.endpoint, &options, self.config());
        let first = server.accept();
        print("ready", server.endpoint().expect("it listens"));
        let accepts = core::iter::once(first).chain(core::iter::repeat_with(|| server.accept()));
        let accepted = accepts.take(self.count).map(|accept| {
            let incoming = accept.wait().expect("a client comes");
            incoming.accept().expect("the client waits")
        });
        self.watch(&accepted.collect::<Vec<_>>());
    }

    pub(crate) fn connect(self, host: &Host) {
        let connects: Vec<_> = (0..self.count).map(|_| host.connect(&self.endpoint, self.config())).collect();
        let opened =
            connects.into_iter().map(|connect| connect.wait().expect("the server lets everybody in"));
        self.watch(&opened.collect::<Vec<_>>());
    }

    fn config(&self) -> Config {
        let interval = Duration::from_millis(self.interval);
        let config = Config::new().handshake_timeout(PATIENCE).decision_timeout(PATIENCE);
        config.heartbeat(Some(Heartbeat { interval, misses: self.misses }))
    }

    /// From the line that says that nothing comes through any more, until all have noticed.
    fn watch(&self, sockets: &[Socket]) {
        print("open", sockets.len());
        process::wait_for_a_line();
        let begin = Instant::now();
        let writes: Vec<_> =
            sockets.iter().filter(|_| self.busy).map(|socket| socket.write(vec![0; MUCH])).collect();
        let (tell, told) = mpsc::channel();
        for socket in sockets {
            let tell = tell.clone();
            socket.ended().on_complete(move |reason| {
                let _nobody_waits = tell.send((reason, begin.elapsed()));
            });
        }
        let (mut reasons, mut slowest) = (BTreeMap::<String, usize>::new(), Duration::ZERO);
        for _ in sockets {
            let (reason, took) = told.recv_timeout(PATIENCE).expect("the end is noticed");
            *reasons.entry(named(reason.expect("nobody misuses it"))).or_default() += 1;
            slowest = slowest.max(took);
        }
        reasons.iter().for_each(|(reason, count)| print(reason, count));
        print("slowest", slowest.as_millis());
        let undecided = writes.iter().filter(|write| write.status() == Status::Pending);
        print("undecided", undecided.count());
    }
}

/// In one word.
fn named(reason: CloseReason) -> String {
    format!("{reason:?}").replace(' ', "")
}

/// More than all buffers between two machines hold.
const MUCH: usize = 12 << 20;
