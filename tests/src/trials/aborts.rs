//! Writes that are withdrawn while they leave (T31).

use core::task::Poll;
use core::time::Duration;
use std::sync::Mutex;
use std::thread;

use bowline_runtime::{Cancelled, Closed, Config, ReadError, ServerOptions, Socket, Write};

use super::ledger::{Due, Ledger};
use super::{Report, Setting, Stamp, Way, in_lanes, poll_once};
use crate::Transport;
use crate::watchdog::PATIENCE;

/// How often each thing happened.
#[derive(Clone, Copy, Default)]
struct Tally {
    recalled: u64,
    too_late: u64,
    dropped: u64,
    messages: u64,
}

/// Withdraws writes until so many were aborted on the wire, between others that are kept. All that was not withdrawn
/// arrives whole and in order, and what `cancel` said of the rest is true.
#[must_use]
pub fn aborts(setting: &Setting) -> Report {
    let (world, tally) = (setting.world(), Mutex::new(Tally::default()));
    // A queue that is soon full, so that the stream is, too, and messages stand half in it.
    let server = Config::new().queue_messages(4);
    let mut report = in_lanes(setting.count, |lane, share| {
        let way = Way::of(lane);
        let server = world.serve_with(ServerOptions::new().config(server));
        let (client, server) = world.join(&server, Config::new());
        let mut writer = Writer::new(client.clone(), way, setting.choices(2 * lane), share);
        if setting.transport == Transport::Tcp {
            writer.longest = 4_000_000;
        }
        let reading = read(server.clone(), way, setting.choices(2 * lane + 1));
        let (written, delivered) = thread::scope(|scope| {
            let reader = scope.spawn(|| way.run(&world, reading));
            (way.run(&world, writer.play()), reader.join().expect("it does not panic"))
        });
        let (mut report, sent) = (Report::default(), client.stats().sent.aborted);
        let outcome = written.and_then(|(ledger, counted)| {
            tally.lock().expect("nobody panics").add(counted);
            if sent == server.stats().received.aborted {
                ledger.check(&delivered?, false)
            } else {
                Err(format!("{sent} aborted, {} seen", server.stats().received.aborted))
            }
        });
        report.count(outcome);
        // Each abort is a trial; one thing that is wrong with them was counted already.
        report.trials += sent.saturating_sub(1);
        report
    });
    let Tally { recalled, too_late, dropped, messages } = *tally.lock().expect("nobody panics");
    report.figure("recalled", recalled);
    report.figure("too late", too_late);
    report.figure("dropped", dropped);
    report.figure("messages", messages);
    report
}

impl Tally {
    const fn add(&mut self, more: Self) {
        self.recalled += more.recalled;
        self.too_late += more.too_late;
        self.dropped += more.dropped;
        self.messages += more.messages;
    }
}

struct Writer {
    socket: Socket,
    way: Way,
    choices: fastrand::Rng,
    /// So many are to be aborted.
    target: u64,
    /// More than the stream holds, so that a part of it is left over.
    longest: usize,
    ledger: Ledger,
    tally: Tally,
}

impl Writer {
    fn new(socket: Socket, way: Way, choices: fastrand::Rng, target: u64) -> Self {
        let (ledger, tally) = (Ledger::default(), Tally::default());
        Self { socket, way, choices, target, longest: 600_000, ledger, tally }
    }

    async fn play(mut self) -> Result<(Ledger, Tally), String> {
        // An abort takes a few tries; without end nothing was aborted at all.
        for _ in 0..self.target.saturating_mul(100) {
            if self.socket.stats().sent.aborted >= self.target {
                break;
            }
            match self.choices.u8(..8) {
                0..3 => self.keep().await?,
                3 => self.detach().await?,
                _ => self.withdraw().await?,
            }
        }
        let closed = self.way.end("the close", self.socket.close(PATIENCE)).await?;
        match closed {
            Ok(Closed::Clean) => Ok((self.ledger, self.tally)),
            other => Err(format!("closed: {other:?}")),
        }
    }

    fn start(&mut self, length: usize) -> (u32, Write) {
        self.tally.messages += 1;
        let number = self.ledger.submit();
        (number, self.socket.write(Stamp { stream: 0, number, attempt: 0 }.message(length)))
    }

    async fn keep(&mut self) -> Result<(), String> {
        let length = if self.choices.u8(..8) == 0 { self.long() } else { self.choices.usize(..300) };
        let (number, write) = self.start(length);
        let sent = self.way.end("a write", write).await?.map_err(|error| error.to_string())?;
        self.ledger.settle(number, Due::Sent(Some(sent)));
        Ok(())
    }

    async fn detach(&mut self) -> Result<(), String> {
        let length = self.choices.usize(..300);
        let (number, write) = self.start(length);
        if let Err(write) = write.detach() {
            self.way.end("a write", write).await?.map_err(|error| error.to_string())?;
        }
        self.ledger.settle(number, Due::Sent(None));
        Ok(())
    }

    /// One that is withdrawn at some moment: in the middle of what is queued, or before or after a part of it has left.
    async fn withdraw(&mut self) -> Result<(), String> {
        let length = self.long();
        let (number, mut write) = self.start(length);
        let behind = (self.choices.u8(..4) == 0).then(|| self.start(20));
        let moment = Duration::from_micros(self.choices.u64(..200));
        let ended = match self.choices.u8(..8) {
            0 => None,
            1..5 => match poll_once(&mut write) {
                Poll::Ready(ended) => Some(ended),
                Poll::Pending => None,
            },
            _ => self.way.end_for(&mut write, moment).await,
        };
        let due = match ended {
            Some(ended) => Due::Sent(Some(ended.map_err(|error| error.to_string())?)),
            None => self.give_up(write)?,
        };
        self.ledger.settle(number, due);
        if let Some((number, write)) = behind {
            let sent = self.way.end("a write", write).await?.map_err(|error| error.to_string())?;
            self.ledger.settle(number, Due::Sent(Some(sent)));
        }
        Ok(())
    }

    fn give_up(&mut self, write: Write) -> Result<Due, String> {
        if self.choices.u8(..3) == 0 {
            self.tally.dropped += 1;
            drop(write);
            return Ok(Due::Unheard);
        }
        match write.cancel() {
            Cancelled::Recalled(_payload) => self.tally.recalled += 1,
            Cancelled::Aborted => {}
            Cancelled::TooLate => {
                self.tally.too_late += 1;
                return Ok(Due::Sent(None));
            }
            other => return Err(format!("cancelled: {other:?}")),
        }
        Ok(Due::Never)
    }

    /// Around and above a chunk, and more than the stream holds.
    fn long(&mut self) -> usize {
        match self.choices.u8(..8) {
            0 => 65_535 + self.choices.usize(..3),
            1 => 131_071 + self.choices.usize(..3),
            2..5 => self.choices.usize(400_000..self.longest),
            _ => self.choices.usize(65_536..400_000),
        }
    }
}

/// Reads to the end, slowly; the numbers of what came.
async fn read(socket: Socket, way: Way, mut choices: fastrand::Rng) -> Result<Vec<u32>, String> {
    let mut delivered = Vec::new();
    loop {
        match way.end("a read", socket.read()).await? {
            Ok(message) => {
                let stamp = Stamp::of(&message).ok_or("a message that is not as it was made")?;
                delivered.push(stamp.number);
            }
            Err(ReadError::Closed(bowline_runtime::CloseReason::PeerClosed)) => return Ok(delivered),
            Err(error) => return Err(error.to_string()),
        }
        if choices.u8(..4) == 0 {
            way.pause(Duration::from_micros(choices.u64(..300))).await;
        }
    }
}
