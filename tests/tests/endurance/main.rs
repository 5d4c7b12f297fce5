//! The endurance trials in small numbers, on every adapter over Unix sockets and TCP. `endure` runs them in large ones.
#![cfg(target_os = "linux")]

use core::time::Duration;
use std::sync::mpsc;
use std::thread;

use bowline_tests::trials::soak::{Soak, soak};
use bowline_tests::trials::{self, PLACES, Place, Report, Setting, TRANSPORTS};
use bowline_tests::{Transport, watchdog};

/// Runs a trial in one place: every test is a few seconds at most.
fn quick(trial: fn(&Setting) -> Report, count: u64, adapter: &str, transport: Transport) {
    let place = Place::named(adapter).expect("there is such an adapter");
    let program = env!("CARGO_BIN_EXE_endure").into();
    let setting = Setting { count, seed: 1, place, transport, program };
    guarded(move || trial(&setting));
}

/// Hangs are found inside, by what hangs; this is for a trial that does not come to its end nevertheless.
fn guarded(trial: impl FnOnce() -> Report + Send + 'static) {
    let (done, reported) = mpsc::channel();
    drop(thread::spawn(move || done.send(trial())));
    let report = reported.recv_timeout(4 * watchdog::PATIENCE);
    report.expect("it comes to its end, without a panic").expect_success();
}

macro_rules! on_every_adapter {
    ($($(#[$meta:meta])* $trial:ident: $count:literal;)*) => {$(
        $(#[$meta])*
        mod $trial {
            use super::*;

            #[test]
            fn tokio_unix() {
                quick(trials::$trial, $count, "tokio", Transport::Unix);
            }

            #[test]
            fn tokio_tcp() {
                quick(trials::$trial, $count, "tokio", Transport::Tcp);
            }

            #[test]
            fn tokio_multi_unix() {
                quick(trials::$trial, $count, "tokio-mt", Transport::Unix);
            }

            #[test]
            fn tokio_multi_tcp() {
                quick(trials::$trial, $count, "tokio-mt", Transport::Tcp);
            }

            #[test]
            fn smol_unix() {
                quick(trials::$trial, $count, "smol", Transport::Unix);
            }

            #[test]
            fn smol_tcp() {
                quick(trials::$trial, $count, "smol", Transport::Tcp);
            }

            #[test]
            fn std_unix() {
                quick(trials::$trial, $count, "std", Transport::Unix);
            }

            #[test]
            fn std_tcp() {
                quick(trials::$trial, $count, "std", Transport::Tcp);
            }
        }
    )*};
}

on_every_adapter! {
    /// Mutant: the end of a stream without a goodbye counts as a close.
    kills: 16;
    /// Mutants: an abort is told and the rest sent all the same; a write is told as withdrawn and stays in the queue.
    aborts: 60;
    /// Mutant: a closing side whose queue is full throws away what comes at once.
    closes: 40;
    /// Mutant: a close that nobody answers is told as clean.
    silent: 20;
    /// Mutant: silence is told as an orderly end.
    stops: 16;
    /// Mutants: those of `aborts`.
    proxy: 30;
}

/// Both processes of a soak, for a moment.
///
/// Mutants: a dropped read takes its message with it; a write is told as withdrawn and stays in the queue.
#[test]
fn soaking() {
    let settings = Soak {
        time: Duration::from_secs(4),
        connections: 80,
        seed: 1,
        adapter: None,
        program: env!("CARGO_BIN_EXE_endure").into(),
    };
    guarded(move || soak(&settings, |_line| ()));
}

/// The tests above name the adapters and transports one by one.
#[test]
fn no_place_is_left_out() {
    assert_eq!((PLACES.len(), TRANSPORTS.len()), (4, 2));
}
