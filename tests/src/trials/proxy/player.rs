//! One end of a connection: plays its part of the script and keeps the books.

use core::task::Poll;
use core::time::Duration;
use std::collections::VecDeque;

use bowline_runtime::{Cancelled, Close, CloseReason, Closed, ReadError, Socket, Write, WriteError};
use smol::future::zip;

use super::script::{Fate, Step};
use crate::trials::ledger::{Due, Ledger};
use crate::trials::{Stamp, Way, poll_once};
use crate::watchdog::PATIENCE;

/// So long is a moment.
const MOMENT: Duration = Duration::from_millis(2);

/// What an end has seen.
pub(super) struct Log {
    /// What it submitted, and what it was told of it.
    pub(super) ledger: Ledger,
    /// The numbers of what came.
    pub(super) delivered: Vec<u32>,
    pub(super) closed: Closed,
    /// What its last read said.
    pub(super) reason: CloseReason,
}

/// One end.
pub(super) struct Player {
    socket: Socket,
    way: Way,
    ledger: Ledger,
    delivered: Vec<u32>,
    held: VecDeque<(u32, Write)>,
    close: Option<Close>,
}

impl Player {
    pub(super) fn new(socket: Socket, way: Way) -> Self {
        let (ledger, delivered, held) = (Ledger::default(), Vec::new(), VecDeque::new());
        Self { socket, way, ledger, delivered, held, close: None }
    }

    /// Plays, then awaits all that it holds, closes, and reads to the end.
    pub(super) async fn play(mut self, steps: Vec<Step>) -> Result<Log, String> {
        for step in steps {
            self.step(step).await?;
        }
        let Self { socket, mut ledger, mut delivered, mut held, close, .. } = self;
        let writing = async {
            for (number, write) in held.drain(..) {
                let due = due(Way::Executor.end("a write", write).await?)?;
                ledger.settle(number, due);
            }
            let close = close.unwrap_or_else(|| socket.close(PATIENCE));
            Way::Executor.end("a close", close).await?.map_err(|error| error.to_string())
        };
        let reading = async {
            loop {
                match Way::Executor.end("a read", socket.read()).await? {
                    Ok(message) => delivered.push(number_of(&message)?),
                    Err(ReadError::Closed(reason)) => return Ok::<_, String>(reason),
                    Err(error) => return Err(error.to_string()),
                }
            }
        };
        let (closed, reason) = zip(writing, reading).await;
        Ok(Log { ledger, delivered, closed: closed?, reason: reason? })
    }

    async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Write(length, fate) => return self.write(length, fate).await,
            Step::Cancel => return self.cancel(),
            Step::Drop => drop(self.held.pop_back()),
            Step::Await => {
                if let Some((number, write)) = self.held.pop_front() {
                    return self.wait(number, write).await;
                }
            }
            Step::Read => {
                let mut read = self.socket.read();
                let came = self.way.end_for(&mut read, MOMENT).await;
                return self.take(came);
            }
            Step::Glance => {
                let came = match poll_once(&mut self.socket.read()) {
                    Poll::Ready(came) => Some(came),
                    Poll::Pending => None,
                };
                return self.take(came);
            }
            Step::Pause(micros) => self.way.pause(Duration::from_micros(micros)).await,
            Step::Close => {
                let socket = &self.socket;
                self.close.get_or_insert_with(|| socket.close(PATIENCE));
            }
            Step::Abort => self.socket.abort(),
        }
        Ok(())
    }

    async fn write(&mut self, length: usize, fate: Fate) -> Result<(), String> {
        let number = self.ledger.submit();
        let mut write = self.socket.write(Stamp { stream: 0, number, attempt: 0 }.message(length));
        match fate {
            Fate::Hold => {}
            Fate::Poll => {
                if let Poll::Ready(ended) = poll_once(&mut write) {
                    self.ledger.settle(number, due(ended)?);
                    return Ok(());
                }
            }
            Fate::Detach => match write.detach() {
                // What is in the queue leaves, unless the connection breaks.
                Ok(()) => {
                    self.ledger.settle(number, Due::Sent(None));
                    return Ok(());
                }
                Err(back) => write = back,
            },
            Fate::Await => return self.wait(number, write).await,
        }
        self.held.push_back((number, write));
        Ok(())
    }

    async fn wait(&mut self, number: u32, mut write: Write) -> Result<(), String> {
        match self.way.end_for(&mut write, MOMENT).await {
            Some(ended) => self.ledger.settle(number, due(ended)?),
            None => self.held.push_front((number, write)),
        }
        Ok(())
    }

    fn cancel(&mut self) -> Result<(), String> {
        let Some((number, write)) = self.held.pop_front() else { return Ok(()) };
        let due = match write.cancel() {
            Cancelled::Recalled(payload) if number_of(&payload)? == number => Due::Never,
            Cancelled::Aborted => Due::Never,
            Cancelled::TooLate => Due::Sent(None),
            Cancelled::Unknown => Due::Unheard,
            other => return Err(format!("cancelled: {other:?}")),
        };
        self.ledger.settle(number, due);
        Ok(())
    }

    fn take<M: AsRef<[u8]>>(&mut self, came: Option<Result<M, ReadError>>) -> Result<(), String> {
        match came {
            Some(Ok(message)) => self.delivered.push(number_of(message.as_ref())?),
            // The reads at the end say why.
            Some(Err(ReadError::Closed(_))) | None => {}
            Some(Err(error)) => return Err(error.to_string()),
        }
        Ok(())
    }
}

/// What an outcome promises.
fn due(ended: Result<u64, WriteError>) -> Result<Due, String> {
    match ended {
        Ok(number) => Ok(Due::Sent(Some(number))),
        Err(WriteError::NotSent { .. }) => Ok(Due::Never),
        Err(WriteError::Unknown { .. }) => Ok(Due::Unheard),
        Err(error) => Err(error.to_string()),
    }
}

fn number_of(message: &[u8]) -> Result<u32, String> {
    Stamp::of(message).map(|stamp| stamp.number).ok_or_else(|| "not a message as it was made".to_owned())
}
