//! A stream in memory that completes its operations, as IOCP and `io_uring` do: it owns the memory that the "system", a
//! thread, works on, and the system confirms later.

use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use bowline_runtime::{Intake, Outflow, Transport};

/// How much one operation carries, and how much waits to be read.
const BUFFER: usize = 10_000;

/// One direction. The system's side and both ends' sides of it.
#[derive(Default)]
struct Direction {
    /// A write under way: the system owns these bytes.
    submitted: Option<Vec<u8>>,
    /// The system has taken so many; the writer has not heard of it.
    completed: Option<usize>,
    arrived: VecDeque<u8>,
    closed: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// The end of a pipe, as a transport.
pub(crate) struct End {
    outbound: Arc<Mutex<Direction>>,
    inbound: Arc<Mutex<Direction>>,
    system: Sender<Arc<Mutex<Direction>>>,
}

/// Holds the system up: as long as it is locked nothing completes.
pub(crate) type Gate = Arc<Mutex<()>>;

/// Two ends, and the gate of the system between them.
pub(crate) fn pipe() -> (End, End, Gate) {
    let (one, other) = (Arc::<Mutex<Direction>>::default(), Arc::<Mutex<Direction>>::default());
    let (system, operations) = mpsc::channel();
    let gate = Gate::default();
    let held = Arc::clone(&gate);
    thread::spawn(move || work(&operations, &held));
    let near = End { outbound: Arc::clone(&one), inbound: Arc::clone(&other), system: system.clone() };
    (near, End { outbound: other, inbound: one, system }, gate)
}

/// The system: it moves what was submitted once there is room, and confirms.
fn work(operations: &Receiver<Arc<Mutex<Direction>>>, gate: &Gate) {
    for direction in operations {
        drop(gate.lock());
        let mut locked = lock(&direction);
        if locked.arrived.len() < BUFFER
            && let Some(bytes) = locked.submitted.take()
        {
            locked.completed = Some(bytes.len());
            locked.arrived.extend(bytes);
        }
        let wakers = [locked.reader.take(), locked.writer.take()];
        drop(locked);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

impl Transport for End {
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        let mut inbound = lock(&self.inbound);
        let count = inbound.arrived.len().min(BUFFER);
        if count == 0 && !inbound.closed {
            inbound.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let owned: Vec<u8> = inbound.arrived.drain(..count).collect();
        drop(inbound);
        // There is room for what waits.
        self.ask(&self.inbound);
        intake.feed(&owned);
        Poll::Ready(Ok(count))
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>> {
        let mut outbound = lock(&self.outbound);
        if let Some(count) = outbound.completed.take() {
            outflow.confirm(count);
            return Poll::Ready(Ok(count));
        }
        if outbound.closed {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        outbound.writer = Some(cx.waker().clone());
        if outbound.submitted.is_none() {
            let mut owned = Vec::with_capacity(BUFFER);
            outflow.lend(|slices| {
                for slice in slices {
                    let room = BUFFER - owned.len();
                    owned.extend_from_slice(&slice[..slice.len().min(room)]);
                }
                owned.len()
            });
            outbound.submitted = Some(owned).filter(|owned| !owned.is_empty());
            drop(outbound);
            self.ask(&self.outbound);
        }
        Poll::Pending
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut outbound = lock(&self.outbound);
        if outbound.submitted.is_some() {
            outbound.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        outbound.closed = true;
        drop(outbound);
        self.ask(&self.outbound);
        Poll::Ready(Ok(()))
    }
}

impl End {
    /// Lets the system look at a direction; it is gone when both ends are.
    fn ask(&self, direction: &Arc<Mutex<Direction>>) {
        let _gone = self.system.send(Arc::clone(direction));
    }
}

impl Drop for End {
    fn drop(&mut self) {
        for direction in [&self.outbound, &self.inbound] {
            lock(direction).closed = true;
            self.ask(direction);
        }
    }
}

fn lock(direction: &Mutex<Direction>) -> MutexGuard<'_, Direction> {
    direction.lock().unwrap()
}
