//! The watch over time: how far every stream is, a line of progress each second, and the deadline.

use core::fmt::Write as _;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use core::time::Duration;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::crew::Crew;
use crate::plan::Stream;

/// How far one stream is.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    what: String,
    reached: AtomicU64,
    /// `u64::MAX` if it has no end.
    count: u64,
    bytes: AtomicU64,
}

impl Meter {
    pub(crate) fn reach(&self, number: u64) {
        self.reached.store(number, Relaxed);
    }

    pub(crate) fn reached(&self) -> u64 {
        self.reached.load(Relaxed)
    }

    pub(crate) fn add_bytes(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }

    fn is_outstanding(&self) -> bool {
        self.count != u64::MAX && self.reached() < self.count
    }
}

/// How far everything is, as the server sees it.
pub(crate) struct Board {
    started: Instant,
    step: Mutex<&'static str>,
    meters: Mutex<Vec<Arc<Meter>>>,
    pub(crate) killed: AtomicU32,
}

impl Board {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            step: Mutex::new("start"),
            meters: Mutex::default(),
            killed: AtomicU32::new(0),
        }
    }

    /// Says what is being done now.
    pub(crate) fn step(&self, step: &'static str) {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = step;
    }

    /// The meter of a stream, always the same one.
    pub(crate) fn meter(&self, stream: &Stream) -> Arc<Meter> {
        let what = format!("client {} {:?}", stream.client, stream.direction);
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(meter) = meters.iter().find(|meter| meter.what == what) {
            return Arc::clone(meter);
        }
        let meter = Arc::new(Meter { what, count: stream.count, ..Meter::default() });
        meters.push(Arc::clone(&meter));
        meter
    }

    /// Watches from a thread of its own, which works even when everything else is stuck. Dropping what it returns ends
    /// the watch.
    pub(crate) fn watch(self: &Arc<Self>, deadline: Duration, crew: Arc<Crew>) -> Sender<()> {
        let (end, ended) = channel();
        let board = Arc::clone(self);
        thread::spawn(move || {
            while ended.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                eprintln!("{}", board.progress());
                if board.started.elapsed() >= deadline {
                    crew.kill_all();
                    eprintln!("tour: not done after {} s:{}", deadline.as_secs(), board.outstanding());
                    std::process::exit(2);
                }
            }
        });
        end
    }

    fn sum(&self, part: impl Fn(&Meter) -> u64) -> u64 {
        self.meters.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|meter| part(meter)).sum()
    }

    fn progress(&self) -> String {
        let seconds = self.started.elapsed().as_secs();
        let mib = self.sum(|meter| meter.bytes.load(Relaxed)) >> 20;
        let (messages, killed) = (self.sum(Meter::reached), self.killed.load(Relaxed));
        let step = self.step.lock().map_or("", |step| *step);
        format!("{seconds:>5} s  {mib:>6} MiB  {messages:>8} messages  {killed} killed  {step}")
    }

    fn outstanding(&self) -> String {
        let mut text = String::new();
        for meter in self.meters.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if meter.is_outstanding() {
                let _infallible = write!(text, "\n  {}: {} of {}", meter.what, meter.reached(), meter.count);
            }
        }
        let step = self.step.lock().map_or("", |step| *step);
        let _infallible = write!(text, "\n  step: {step}");
        text
    }
}
