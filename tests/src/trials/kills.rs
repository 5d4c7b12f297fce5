//! Processes that are killed in the middle of something (T12).

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use bowline_runtime::{CloseReason, ReadError, Server, Socket, Write, WriteError};

use super::children::length;
use super::figures::Times;
use super::{Doomed, Report, Setting, Stamp, Way, in_lanes};
use crate::World;
use crate::watchdog::PATIENCE;

/// What is seen on the way.
#[derive(Default)]
struct Seen {
    heard: Mutex<Times>,
    mid_frame: AtomicU64,
    messages: AtomicU64,
}

/// A child that writes and a child that reads are killed in turns, at some moment. The survivor sees whole messages in
/// order, then that the peer is lost. It fails when the survivor does not hear of it at all.
#[must_use]
pub fn kills(setting: &Setting) -> Report {
    let (world, seen) = (setting.world(), Seen::default());
    let mut report = in_lanes(setting.count, |lane, share| {
        let (mut choices, mut report) = (setting.choices(lane), Report::default());
        let server = world.serve();
        for number in 0..share {
            let kill =
                Kill { setting, world: &world, server: &server, seen: &seen, way: Way::of(number / 2) };
            report.count(kill.one(number.is_multiple_of(2), &mut choices));
        }
        report
    });
    report.figure("heard after", seen.heard.lock().expect("nobody panics"));
    report.figure("in the middle of a frame", seen.mid_frame.load(Ordering::Relaxed));
    report.figure("messages", seen.messages.load(Ordering::Relaxed));
    report
}

struct Kill<'a> {
    setting: &'a Setting,
    world: &'a World,
    server: &'a Server,
    seen: &'a Seen,
    way: Way,
}

impl Kill<'_> {
    fn one(&self, writer: bool, choices: &mut fastrand::Rng) -> Result<(), String> {
        let role = if writer { "write" } else { "read" };
        let (mut child, socket) = child(self.setting, self.server, role, 0, choices.u64(..))?;
        let moment = Duration::from_micros(choices.u64(..4000));
        let way = self.way;
        thread::scope(|scope| {
            let killer = scope.spawn(move || {
                thread::sleep(moment);
                let killed = Instant::now();
                child.kill();
                killed
            });
            let survived = if writer {
                way.run(self.world, read_to_end(way, socket))
            } else {
                way.run(self.world, write_to_end(way, socket, choices.fork()))
            };
            let killed = killer.join().expect("it does not panic");
            self.judge(&survived?, killed)
        })
    }

    fn judge(&self, end: &End, killed: Instant) -> Result<(), String> {
        let after = end.heard.saturating_duration_since(killed);
        self.seen.heard.lock().expect("nobody panics").add(after);
        self.seen.messages.fetch_add(end.messages, Ordering::Relaxed);
        match end.reason {
            CloseReason::PeerLost { mid_frame } => {
                self.seen.mid_frame.fetch_add(mid_frame.into(), Ordering::Relaxed);
                Ok(())
            }
            other => Err(format!("not lost: {other}")),
        }
    }
}

/// A child in this role, and the connection to it.
pub(super) fn child(
    setting: &Setting,
    server: &Server,
    role: &str,
    count: u64,
    seed: u64,
) -> Result<(Doomed, Socket), String> {
    let mut accept = server.accept();
    let endpoint = server.endpoint().expect("it listens at one").to_string();
    let arguments = [role, setting.place.name, &endpoint, &count.to_string(), &seed.to_string()];
    let child = Doomed::spawn(&setting.program, &arguments);
    let incoming = accept.wait_for(PATIENCE).ok_or("no child comes")?.map_err(|error| error.to_string())?;
    Ok((child, incoming.accept().map_err(|error| error.to_string())?))
}

/// How a survivor's connection ended.
pub(super) struct End {
    /// After so many messages.
    pub(super) messages: u64,
    pub(super) reason: CloseReason,
    heard: Instant,
}

/// Reads whole messages, in order, until the end.
pub(super) async fn read_to_end(way: Way, socket: Socket) -> Result<End, String> {
    for number in 0_u32.. {
        match way.end("a read", socket.read()).await? {
            Ok(message) if Stamp::of(&message).is_some_and(|stamp| stamp.number == number) => {}
            Ok(message) => return Err(format!("not the whole message {number}: {:?}", Stamp::of(&message))),
            Err(ReadError::Closed(reason)) => {
                return Ok(End { messages: number.into(), reason, heard: Instant::now() });
            }
            Err(error) => return Err(error.to_string()),
        }
    }
    Err("endless".to_owned())
}

/// Writes until the end, some messages ahead.
async fn write_to_end(way: Way, socket: Socket, mut choices: fastrand::Rng) -> Result<End, String> {
    let (mut ahead, mut messages) = (VecDeque::new(), 0);
    for number in 0.. {
        let stamp = Stamp { stream: 0, number, attempt: 0 };
        ahead.push_back(socket.write(stamp.message(length(&mut choices))));
        if ahead.len() > 3
            && let Some(write) = ahead.pop_front()
            && !is_sent(way, write).await?
        {
            break;
        }
        messages += 1;
        acknowledged(&socket, messages)?;
    }
    let reason = way.end("the end", socket.ended()).await?.map_err(|error| error.to_string())?;
    let heard = Instant::now();
    while let Some(write) = ahead.pop_front() {
        if is_sent(way, write).await? {
            return Err("sent after a message that was not".to_owned());
        }
    }
    Ok(End { messages, reason, heard })
}

async fn is_sent(way: Way, write: Write) -> Result<bool, String> {
    match way.end("a write", write).await? {
        Ok(_number) => Ok(true),
        Err(WriteError::NotSent { .. } | WriteError::Unknown { .. }) => Ok(false),
        Err(error) => Err(error.to_string()),
    }
}

/// What the reading child has said by now: how many messages it has, or that one was wrong.
fn acknowledged(socket: &Socket, submitted: u64) -> Result<(), String> {
    while let Ok(Some(answer)) = socket.try_read() {
        let said = answer.as_ref().try_into().map(u64::from_le_bytes);
        match said {
            Ok(count) if count <= submitted => {}
            _ => return Err(format!("the reader says: {}", String::from_utf8_lossy(&answer))),
        }
    }
    Ok(())
}
