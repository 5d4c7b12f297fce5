//! One connection that loads the server.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use bowline_tokio::{ReadError, Socket};
use tokio::sync::{Notify, Semaphore};

use super::pacer::Schedule;
use crate::latency::{self, Latencies};
use crate::output::Output;
use crate::{Failure, Result, ending, ping};

/// What each client does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) size: u32,
    /// When messages are due; `None` is as fast as it goes.
    pub(super) schedule: Option<Schedule>,
    pub(super) depth: u32,
    pub(super) patience: Duration,
}

/// What was measured since somebody asked last.
pub(super) struct Count {
    pub(super) latencies: Latencies,
}

impl Default for Count {
    fn default() -> Self {
        Self { latencies: latency::empty() }
    }
}

impl Count {
    pub(super) fn add(&mut self, other: &Self) {
        // Both grow as needed, so that it can't fail.
        let _fits = self.latencies.add(&other.latencies);
    }
}

/// One connection: a sender, and a reader of the answers.
pub(super) struct Client {
    socket: Socket,
    plan: Plan,
    /// Its number among the clients, from 0.
    number: u32,
    /// How many messages are due and not begun.
    due: Arc<Semaphore>,
    /// How many more messages may be under way.
    room: Semaphore,
    under_way: Mutex<VecDeque<Instant>>,
    count: Mutex<Count>,
    is_stopped: AtomicBool,
    stopped: Notify,
}

impl Client {
    pub(super) fn new(socket: Socket, plan: Plan, number: u32) -> Self {
        let room = Semaphore::new(usize::try_from(plan.depth).unwrap_or(Semaphore::MAX_PERMITS));
        Self {
            socket,
            plan,
            number,
            due: Arc::new(Semaphore::new(0)),
            room,
            under_way: Mutex::default(),
            count: Mutex::default(),
            is_stopped: AtomicBool::new(false),
            stopped: Notify::new(),
        }
    }

    pub(super) const fn schedule(&self) -> Option<Schedule> {
        self.plan.schedule
    }

    /// What a pacer gives a permit for each message that is due.
    pub(super) fn due(&self) -> Arc<Semaphore> {
        Arc::clone(&self.due)
    }

    /// Loads the server until it is stopped, takes the answers that are still to come, and closes.
    pub(super) async fn run(self: Arc<Self>) -> Result {
        let ended = tokio::try_join!(self.send_all(), self.read_all());
        let closed = ending::close(&self.socket, self.plan.patience, Output::new(false, true)).await;
        ended.map(drop).and(closed)
    }

    /// Sends no more from now on.
    pub(super) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Release);
        self.stopped.notify_one();
    }

    /// Hands out what was measured since the last call.
    pub(super) fn take(&self) -> Count {
        core::mem::take(&mut lock(&self.count))
    }

    async fn send_all(&self) -> Result {
        for number in 0.. {
            let begin = tokio::select! {
                biased;
                () = self.stopped.notified() => break,
                begin = self.may_send(number) => begin,
            };
            lock(&self.under_way).push_back(begin);
            self.socket.write(ping::message(number, self.plan.size)).await?;
        }
        self.end().await
    }

    /// Waits until a message is due, and may be under way. Its latency counts from when it was due: a server that is late
    /// with one answer is late with those to all messages that wait for it.
    async fn may_send(&self, number: u64) -> Instant {
        let due = self.plan.schedule.map(|schedule| schedule.due(self.number, number));
        if due.is_some() {
            take_one(&self.due).await;
        }
        take_one(&self.room).await;
        due.unwrap_or_else(Instant::now)
    }

    /// Waits for the answers that are still to come, then lets the reader end.
    async fn end(&self) -> Result {
        let all = tokio::time::timeout(self.plan.patience, self.room.acquire_many(self.plan.depth)).await;
        // The reader has nothing left to wait for; its last read ends with the connection.
        drop(self.socket.close(self.plan.patience));
        let missing = || Failure::Peer(format!("{} messages have no answer", lock(&self.under_way).len()));
        all.map(drop).map_err(|_late| missing())
    }

    async fn read_all(&self) -> Result {
        for number in 0.. {
            let answer = match self.socket.read().await {
                Err(ReadError::Closed(_)) if self.is_stopped.load(Ordering::Acquire) => return Ok(()),
                answer => answer?,
            };
            let Some(begin) = lock(&self.under_way).pop_front() else {
                return Err(Failure::Data("more answers than messages: this server does not echo".into()));
            };
            if answer != ping::message(number, self.plan.size) {
                return Err(Failure::Data(
                    "an answer is not what was sent: this server does not echo".into(),
                ));
            }
            latency::record(&mut lock(&self.count).latencies, begin.elapsed());
            self.room.add_permits(1);
        }
        Ok(())
    }
}

/// The semaphores here are never closed.
async fn take_one(semaphore: &Semaphore) {
    if let Ok(permit) = semaphore.acquire().await {
        permit.forget();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
