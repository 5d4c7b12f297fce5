//! The honest client, and a load that is nothing but a load.

use core::time::Duration;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use bowline_runtime::{Config, Endpoint, Socket};

use crate::options::{AdapterName, Options};
use crate::percentiles::Percentiles;

/// Between two round trips.
const PAUSE: Duration = Duration::from_micros(500);
const SIZE: usize = 64;

type Times = Arc<Mutex<Vec<u32>>>;

/// Makes round trips; at each line that comes in it says what they took since the last one.
pub(crate) fn talk(options: &Options, endpoint: &Endpoint) {
    let name = options.adapter.expect("an honest client has an adapter");
    let adapter = name.start();
    let socket = adapter.connect(endpoint, Config::new()).wait().expect("honest clients are let in");
    let times = Times::default();
    let own = Arc::clone(&times);
    if name == AdapterName::Std {
        drop(thread::spawn(move || while blocking_trip(&socket, &own) {}));
    } else {
        adapter.spawn(Box::pin(async move { while trip(&socket, &own).await {} }));
    }
    let mut line = String::new();
    while io::stdin().read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
        let since = core::mem::take(&mut *times.lock().unwrap_or_else(PoisonError::into_inner));
        println!("{}", Percentiles::of(since));
        io::stdout().flush().expect("whoever started this listens");
    }
}

async fn trip(socket: &Socket, times: &Times) -> bool {
    let begun = Instant::now();
    let sent = socket.write(vec![7; SIZE]).await.is_ok();
    let came = sent && socket.read().await.is_ok_and(|message| message.len() == SIZE);
    note(times, begun);
    smol::Timer::after(PAUSE).await;
    came
}

fn blocking_trip(socket: &Socket, times: &Times) -> bool {
    let begun = Instant::now();
    let sent = socket.write(vec![7; SIZE]).wait().is_ok();
    let came = sent && socket.read().wait().is_ok_and(|message| message.len() == SIZE);
    note(times, begun);
    thread::sleep(PAUSE);
    came
}

fn note(times: &Times, begun: Instant) {
    let took = u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX);
    times.lock().unwrap_or_else(PoisonError::into_inner).push(took);
}

/// Burns so many thousandths of a processor in two threads, until a line comes in.
pub(crate) fn burn(thousandths: u64) {
    const SLICE: Duration = Duration::from_millis(20);
    let busy = SLICE.mul_f64(f64::from(u32::try_from(thousandths.min(2000)).unwrap_or(0)) / 2000.0);
    for _ in 0..2 {
        drop(thread::spawn(move || {
            loop {
                let begun = Instant::now();
                while begun.elapsed() < busy {
                    core::hint::spin_loop();
                }
                thread::sleep(SLICE.saturating_sub(begun.elapsed()));
            }
        }));
    }
    let _told = io::stdin().read_line(&mut String::new());
}
