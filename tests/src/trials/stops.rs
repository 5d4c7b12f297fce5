//! Processes that are stopped for a moment (SIGSTOP), and for longer than anybody's patience.

use core::time::Duration;
use std::thread;

use bowline_runtime::{CloseReason, Config, Heartbeat, Server, ServerOptions, Socket, Violation};
use rustix::process::{Pid, Signal, kill_process};

use super::children::length;
use super::kills::{child, read_to_end};
use super::{Doomed, Report, Setting, Stamp, Way, in_lanes};
use crate::World;

/// So many messages pass by while the child is stopped now and then.
const MESSAGES: u32 = 40;
/// So often it is stopped.
const STOPS: u32 = 4;
/// Its patience is 800 ms: a machine that is busy for a moment loses nobody.
const BEAT: Heartbeat = Heartbeat { interval: Duration::from_millis(25), misses: 32 };

/// A child that writes and a child that reads are stopped in turns for some moments: nothing is lost. Every fourth one is
/// stopped for longer than the heartbeat's patience: it is given up, and hears of it once it goes on.
#[must_use]
pub fn stops(setting: &Setting) -> Report {
    let world = setting.world();
    in_lanes(setting.count, |lane, share| {
        let (mut choices, mut report) = (setting.choices(lane), Report::default());
        let server = world.serve_with(ServerOptions::new().config(Config::new().heartbeat(None)));
        let beating = world.serve_with(ServerOptions::new().config(Config::new().heartbeat(Some(BEAT))));
        for number in 0..share {
            let way = Way::of(number / 4);
            report.count(match number % 4 {
                0 | 2 => writer(setting, &world, &server, way, &mut choices),
                1 => reader(setting, &world, &server, way, &mut choices),
                _ => silent(setting, &beating, way, &world, &mut choices),
            });
        }
        report
    })
}

fn writer(
    setting: &Setting,
    world: &World,
    server: &Server,
    way: Way,
    choices: &mut fastrand::Rng,
) -> Result<(), String> {
    let (child, socket) = child(setting, server, "write", MESSAGES.into(), choices.u64(..))?;
    let end = stopping(child, choices, || way.run(world, read_to_end(way, socket)))?;
    match (end.messages, end.reason) {
        (count, CloseReason::PeerClosed) if count == u64::from(MESSAGES) => Ok(()),
        (count, reason) => Err(format!("{count} messages, then: {reason}")),
    }
}

fn reader(
    setting: &Setting,
    world: &World,
    server: &Server,
    way: Way,
    choices: &mut fastrand::Rng,
) -> Result<(), String> {
    let (child, socket) = child(setting, server, "read", 0, choices.u64(..))?;
    let lengths: Vec<_> = (0..MESSAGES).map(|_| length(choices)).collect();
    stopping(child, choices, || way.run(world, write_and_be_answered(way, socket, lengths)))
}

/// Sends messages of these lengths and awaits the answers, which count them.
async fn write_and_be_answered(way: Way, socket: Socket, lengths: Vec<usize>) -> Result<(), String> {
    let stamp = |number| Stamp { stream: 0, number, attempt: 0 };
    let messages = (0..).zip(&lengths).map(|(number, length)| stamp(number).message(*length));
    let writes: Vec<_> = messages.map(|message| socket.write(message)).collect();
    for (count, write) in (1_u64..).zip(writes) {
        way.end("a write", write).await?.map_err(|error| error.to_string())?;
        let answer = way.end("an answer", socket.read()).await?.map_err(|error| error.to_string())?;
        if answer != count.to_le_bytes()[..] {
            return Err(format!("the reader says: {}", String::from_utf8_lossy(&answer)));
        }
    }
    Ok(())
}

/// Stops and continues a child while something goes on. The child ends well, by itself.
fn stopping<T>(
    mut child: Doomed,
    choices: &mut fastrand::Rng,
    part: impl FnOnce() -> Result<T, String>,
) -> Result<T, String> {
    let process = pid(&child);
    let pauses: Vec<_> = (0..2 * STOPS).map(|_| Duration::from_micros(choices.u64(..4000))).collect();
    thread::scope(|scope| {
        let stopper = scope.spawn(move || {
            for pause in pauses.chunks(2) {
                thread::sleep(pause[0]);
                signal(process, Signal::STOP);
                thread::sleep(pause[1]);
                signal(process, Signal::CONT);
            }
        });
        let outcome = part();
        stopper.join().expect("it does not panic");
        let outcome = outcome?;
        child.expect_success()?;
        Ok(outcome)
    })
}

/// Longer than the heartbeat's patience.
fn silent(
    setting: &Setting,
    server: &Server,
    way: Way,
    world: &World,
    choices: &mut fastrand::Rng,
) -> Result<(), String> {
    let (mut child, socket) = child(setting, server, "read", 0, choices.u64(..))?;
    signal(pid(&child), Signal::STOP);
    let ended = socket.ended();
    let reason = way.run(world, async move { way.end("the end", ended).await });
    signal(pid(&child), Signal::CONT);
    child.expect_success()?;
    match reason?.map_err(|error| error.to_string())? {
        CloseReason::Violated(Violation::HeartbeatTimeout) => Ok(()),
        other => Err(format!("a stopped child: {other}")),
    }
}

fn pid(child: &Doomed) -> Pid {
    Pid::from_raw(child.id().cast_signed()).expect("it is a process")
}

/// A process that is gone already has its end in another place.
fn signal(process: Pid, signal: Signal) {
    let _gone = kill_process(process, signal);
}
