//! The hostile process: many peers in few threads, none of which ever waits for the other side.

mod abort;
mod attack;
mod control;
mod farewell;
mod flood;
mod foreign;
mod giant;
mod hoard;
mod idle;
mod loris;
mod malformed;
mod secure;
mod shake;
mod smuggle;
mod squat;
mod storm;
mod stranger;
mod stream;
mod torn;
mod wire;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use bowline_runtime::Endpoint;

use crate::options::{AttackName, Carrier, Options};
use crate::tally::Tally;
use crate::verdict;
use attack::Attacker;

/// The threads of the horde: as many as keep two processors busy.
const THREADS: usize = 2;

/// Attacks until a line comes in, then prints what came of it.
pub(crate) fn attack(options: &Options, name: AttackName, endpoints: &[Endpoint]) {
    let parts = name.parts(carrier(endpoints));
    let siege = Siege {
        stop: AtomicBool::new(false),
        tally: Mutex::default(),
        parts: &parts,
        patience: options.patience(),
    };
    thread::scope(|scope| {
        for band in bands(options.connections, &parts, endpoints) {
            scope.spawn(|| siege.lay(band, options.tick()));
        }
        println!("begun");
        io::stdout().flush().expect("whoever started this listens");
        let _told = io::stdin().read_line(&mut String::new());
        siege.stop.store(true, Ordering::Relaxed);
    });
    siege.tally().print();
}

fn carrier(endpoints: &[Endpoint]) -> Carrier {
    match endpoints[0].kind() {
        bowline_runtime::EndpointKind::Tcp { .. } => Carrier::Tcp,
        bowline_runtime::EndpointKind::Tls { .. } => Carrier::Tls,
        _ => Carrier::Unix,
    }
}

/// The peers, evenly shared out among the attacks, and these among the threads.
fn bands(connections: usize, parts: &[AttackName], endpoints: &[Endpoint]) -> Vec<Vec<Attacker>> {
    let mut bands: Vec<Vec<_>> = (0..THREADS).map(|_| Vec::new()).collect();
    for number in 0..connections {
        let (name, index) = (parts[number % parts.len()], number / parts.len());
        bands[index % THREADS].push(Attacker::new(name, index, endpoints));
    }
    bands
}

/// What the bands have in common.
struct Siege<'a> {
    stop: AtomicBool,
    tally: Mutex<Tally>,
    parts: &'a [AttackName],
    patience: Duration,
}

impl Siege<'_> {
    fn lay(&self, mut band: Vec<Attacker>, tick: Duration) {
        let mut stopped = None;
        while !self.is_over(&mut stopped) {
            let next = Instant::now() + tick;
            band.iter_mut().for_each(|attacker| self.have(attacker, Attacker::step));
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        let deadline = Instant::now() + self.patience;
        while !band.is_empty() && Instant::now() < deadline {
            band.retain_mut(|attacker| !self.have(attacker, Attacker::finish));
            thread::sleep(Duration::from_millis(2));
        }
        self.tally().add("unfinished", u64::try_from(band.len()).unwrap_or(u64::MAX));
    }

    /// It was told to stop, and has come to what it must; on a machine that does something else, that may take longer.
    fn is_over(&self, stopped: &mut Option<Instant>) -> bool {
        if !self.stop.load(Ordering::Relaxed) {
            return false;
        }
        let since = stopped.get_or_insert_with(Instant::now);
        since.elapsed() > self.patience || verdict::is_complete(self.parts, &self.tally())
    }

    /// Has one attacker act, and files what it counted under its attack's name.
    fn have<R>(&self, attacker: &mut Attacker, act: fn(&mut Attacker, &mut Tally) -> R) -> R {
        let mut own = Tally::default();
        let result = act(attacker, &mut own);
        self.tally().join(&own.named(&attacker.name.to_string()));
        result
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
