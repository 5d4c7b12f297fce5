//! Closes with unread messages on both sides and readers that take their time (T42, T43).

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use bowline_runtime::{Cancelled, CloseReason, Closed, Config, ReadError, Server, ServerOptions, Socket};
use smol::future::{yield_now, zip};

use super::{Report, Setting, Stamp, Way, in_lanes};
use crate::World;
use crate::watchdog::PATIENCE;

/// Each trial is a connection of its own: both sides queue some messages and read none; one side closes, or both do, and
/// reads. A close is clean, and then everything that was queued is read, on both sides.
#[must_use]
pub fn closes(setting: &Setting) -> Report {
    let (world, messages) = (setting.world(), AtomicU64::new(0));
    let mut report = in_lanes(setting.count, |lane, share| {
        let (mut choices, mut report) = (setting.choices(lane), Report::default());
        // Whoever is slow here is not gone.
        let config = Config::new().linger(PATIENCE).close_timeout(PATIENCE);
        let narrow = world.serve_with(ServerOptions::new().config(config.queue_messages(4)));
        let wide = world.serve_with(ServerOptions::new().config(config));
        for number in 0..share {
            let server = if choices.bool() { &narrow } else { &wide };
            report.count(one(&world, server, config, number, &mut choices, &messages));
        }
        report
    });
    report.figure("messages", messages.load(Ordering::Relaxed));
    report
}

fn one(
    world: &World,
    server: &Server,
    config: Config,
    number: u64,
    choices: &mut fastrand::Rng,
    messages: &AtomicU64,
) -> Result<(), String> {
    let (client, server) = world.join(server, config);
    let (one, other) = (Side::new(client, choices), Side::new(server, choices));
    let (to_other, to_one) = (one.queue(choices)?, other.queue(choices)?);
    messages.fetch_add(u64::from(to_one + to_other), Ordering::Relaxed);
    let closing = choices.u8(..3);
    Way::of(number).run(world, async move {
        let ended = zip(one.end(closing != 1, to_one), other.end(closing != 0, to_other)).await;
        ended.0.and(ended.1)
    })
}

/// One side of a connection.
struct Side {
    socket: Socket,
    choices: fastrand::Rng,
}

impl Side {
    fn new(socket: Socket, choices: &mut fastrand::Rng) -> Self {
        Self { socket, choices: choices.fork() }
    }

    /// Lets some messages go, at most as many as there is room for; how many.
    fn queue(&self, choices: &mut fastrand::Rng) -> Result<u32, String> {
        let most = choices.u32(..24);
        for number in 0..most {
            let length = if choices.u8(..8) == 0 { choices.usize(..200_000) } else { choices.usize(..5000) };
            let write = self.socket.write(Stamp { stream: 0, number, attempt: 0 }.message(length));
            if let Err(write) = write.detach() {
                return match write.cancel() {
                    Cancelled::Recalled(_payload) => Ok(number),
                    other => Err(format!("without room: {other:?}")),
                };
            }
        }
        Ok(most)
    }

    /// Closes, if it is to, and reads slowly until the end: so many messages.
    async fn end(self, closes: bool, due: u32) -> Result<(), String> {
        let closing = async {
            if closes {
                let closed = Way::Executor.end("a close", self.socket.close(PATIENCE)).await?;
                return if closed == Ok(Closed::Clean) { Ok(()) } else { Err(format!("{closed:?}")) };
            }
            Ok(())
        };
        let (closed, read) = zip(closing, self.read(due)).await;
        closed.and(read)
    }

    async fn read(&self, due: u32) -> Result<(), String> {
        let mut choices = self.choices.clone();
        for number in 0.. {
            for _ in 0..choices.u8(..4) {
                yield_now().await;
            }
            if choices.u8(..16) == 0 {
                Way::Executor.pause(Duration::from_micros(choices.u64(..500))).await;
            }
            match Way::Executor.end("a read", self.socket.read()).await? {
                Ok(message) if Stamp::of(&message).is_some_and(|stamp| stamp.number == number) => {}
                Ok(message) => return Err(format!("not {number}: {:?}", Stamp::of(&message))),
                Err(ReadError::Closed(CloseReason::PeerClosed | CloseReason::Closed)) if number == due => {
                    return Ok(());
                }
                Err(error) => return Err(format!("{number} of {due} messages, then {error}")),
            }
        }
        Err("endless".to_owned())
    }
}
