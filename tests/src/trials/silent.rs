//! A peer that never answers the goodbye (T45).

use core::time::Duration;
use std::sync::mpsc;
use std::time::Instant;

use bowline_runtime::{Closed, Config, ServerOptions};

use super::figures::Times;
use super::{Report, Setting};
use crate::watchdog;

/// How long each close is to wait.
const DEADLINE: Duration = Duration::from_millis(500);

/// Many closes at once whose peer is in bare bytes and says nothing any more: each one ends at its deadline and names the
/// messages that nobody has confirmed.
#[must_use]
pub fn silent(setting: &Setting) -> Report {
    let (world, mut report, mut times) = (setting.world(), Report::default(), Times::default());
    let many = usize::try_from(setting.count).expect("there are not that many");
    let admission = bowline_runtime::Admission::new().max_clients(many).max_per_user(many);
    let server = world.serve_with(ServerOptions::new().admission(admission).config(Config::new()));
    let (done, ends) = mpsc::channel();
    let mut choices = setting.choices(0);
    let held: Vec<_> = (0..many)
        .map(|_| {
            let accept = server.accept();
            let mut raw = world.raw(&server);
            raw.say_hello();
            let socket = accept.wait().expect("a client comes").accept().expect("the client waits");
            let messages = choices.u64(1..5);
            for _ in 0..messages {
                socket.write("unconfirmed").wait().expect("the connection is open");
            }
            (raw, socket, messages)
        })
        .collect();
    for (_raw, socket, messages) in &held {
        let (start, messages, done) = (Instant::now(), *messages, done.clone());
        socket.close(DEADLINE).on_complete(move |closed| {
            let _nobody_waits = done.send((start.elapsed(), closed, messages));
        });
    }
    for _ in 0..many {
        let (time, closed, messages) = watchdog::next("the end of a close", &ends);
        times.add(time);
        let expected = Ok(Closed::Unconfirmed { from: 1, to: messages });
        report.count(match (closed == expected, time >= DEADLINE) {
            (true, true) => Ok(()),
            (false, _) => Err(format!("{closed:?} instead of {expected:?}")),
            (true, false) => Err(format!("after {time:?} already")),
        });
    }
    report.figure("after", times);
    report
}
