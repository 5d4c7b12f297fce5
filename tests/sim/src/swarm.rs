//! What a seed's world is like. Each draws anew which faults happen and how often, so that common ones do not hide rare ones.

use core::time::Duration;

use bowline_core::{Config, Heartbeat, Profile};

use crate::dice::Dice;
use crate::step::{Action, Script, Side, Step};

/// By whose rules a connection is lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flavour {
    /// What was delivered can be read, then comes the reset.
    Unix,
    /// A reset destroys what has not arrived.
    Tcp,
    /// Both directions end at once, and what was not read is destroyed.
    Pipe,
}

/// What one end is configured with, as the reference needs it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) chunk: u32,
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
    pub(crate) limit: u32,
    heartbeat: Option<Duration>,
    patience: Duration,
    plain: bool,
}

/// A world's character.
#[derive(Clone, Debug)]
pub(crate) struct Swarm {
    pub(crate) flavour: Flavour,
    pub(crate) plain: bool,
    /// One end that does not keep to the protocol.
    pub(crate) hostile: Option<Side>,
    /// Which end's transport confirms later.
    pub(crate) completion: [bool; 2],
    /// Of the client's end, and of the server's.
    pub(crate) settings: [Settings; 2],
    /// The most connections.
    pub(crate) connections: usize,
    /// Two to the power of this is the longest message.
    pub(crate) length_bits: usize,
    /// Whether there are much longer ones now and then: where they don't crawl.
    pub(crate) giants: bool,
    /// How much each direction holds.
    pub(crate) capacity: [usize; 2],
    /// How often, of a thousand times, a send or a delivery is cut short.
    pub(crate) cuts: usize,
    /// How often a driver is woken for nothing, or finds less than there is.
    pub(crate) spurious: usize,
    pub(crate) delay: Duration,
    weights: Vec<usize>,
    steps: usize,
}

impl Swarm {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 1);
        let plain = dice.per_mille(200);
        let hostile = dice.per_mille(250).then(|| dice.pick(&Side::BOTH));
        let client = Settings::draw(&mut dice, plain);
        let server = if plain { client } else { Settings::draw(&mut dice, plain) };
        let capacity = [dice.magnitude(20), dice.magnitude(20)];
        let giants =
            capacity.iter().all(|&bytes| bytes > 4096) && [client, server].iter().all(|end| end.chunk >= 64);
        Self {
            giants,
            capacity,
            flavour: dice.pick(&[Flavour::Unix, Flavour::Tcp, Flavour::Pipe]),
            plain,
            hostile,
            completion: [dice.per_mille(300), dice.per_mille(300)],
            settings: [client, server],
            connections: dice.pick(&[1, 1, 2, 3]),
            length_bits: dice.pick(&[5, 8, 8, 10, 11]),
            cuts: dice.pick(&[0, 100, 500, 900]),
            spurious: dice.pick(&[0, 0, 100]),
            delay: dice.pick(&[0, 0, 50, 2_000, 100_000].map(Duration::from_micros)),
            weights: weights(&mut dice, hostile.is_some()),
            steps: 20 + dice.magnitude(8),
        }
    }
}

/// Half of the actions do not happen in a world, and those that end connections in most of them do not; what happens
/// does so up to four times as often as in others.
fn weights(dice: &mut Dice, hostile: bool) -> Vec<usize> {
    let draw = |(&action, &weight): (&Action, &usize)| match chance(action) {
        _ if action == Action::Attack && !hostile => 0,
        chance if !dice.per_mille(chance) => 0,
        _ => weight * dice.pick(&[1, 2, 4]),
    };
    Action::ALL.iter().zip(Action::WEIGHTS).map(draw).collect()
}

/// In how many of a thousand worlds this is done at all.
const fn chance(action: Action) -> usize {
    match action {
        Action::Read | Action::Write | Action::Take | Action::Drive | Action::Connect | Action::Accept => {
            1000
        }
        Action::TakeAccept | Action::Attack | Action::Run => 1000,
        Action::Close | Action::Jump => 300,
        Action::Abort | Action::Abandon | Action::Refuse | Action::Stop | Action::LeapAhead => 80,
        Action::Reset | Action::Cut | Action::BreakWrite | Action::Kill | Action::StepBack => 80,
        _ => 500,
    }
}

impl Settings {
    fn draw(dice: &mut Dice, plain: bool) -> Self {
        let seconds = dice.pick(&[0, 0, 1, 2, 30]);
        Self {
            chunk: dice.pick(&[1, 7, 64, 200, 65_536]),
            messages: dice.pick(&[1, 2, 5, 1024]),
            bytes: dice.pick(&[0, 300, 1000, 1 << 20]),
            limit: dice.pick(&[40, 500, 1 << 20, 1 << 20]),
            heartbeat: (seconds > 0).then(|| Duration::from_secs(seconds)),
            patience: Duration::from_secs(dice.pick(&[1, 10])),
            plain,
        }
    }

    pub(crate) fn config(&self) -> Config {
        let heartbeat = self.heartbeat.map(|interval| Heartbeat { interval, misses: 3 });
        let profile = if self.plain { Profile::Plain } else { Profile::Full };
        let config = Config::new()
            .profile(profile)
            .chunk_size(self.chunk)
            .heartbeat(heartbeat)
            .message_limit(self.limit);
        let config = config
            .handshake_timeout(self.patience)
            .decision_timeout(self.patience)
            .progress_timeout(self.patience * 3);
        config.queue_messages(self.messages).queue_bytes(self.bytes)
    }
}

impl Action {
    /// How a connection opens.
    const OPENING: &[Self] = &[Self::Accept, Self::Connect, Self::Run, Self::TakeAccept, Self::Run];
}

impl Script {
    /// The script that a seed stands for.
    #[must_use]
    pub fn generate(seed: u64) -> Self {
        let swarm = Swarm::new(seed);
        let mut dice = Dice::new(seed, 2);
        let total: usize = swarm.weights.iter().sum();
        let mut steps = Vec::with_capacity(swarm.steps + 4);
        // Most worlds begin with a connection that opens.
        for action in Action::OPENING {
            if dice.per_mille(950) {
                steps.push(Step::new(0, number(*action), 0));
            }
        }
        steps.extend((0..swarm.steps).map(|_| {
            let action = weighted(&swarm.weights, dice.below(total));
            Step::new(dice.byte(), action, dice.pair())
        }));
        Self { seed, steps }
    }
}

fn number(action: Action) -> u8 {
    Action::ALL.iter().position(|&one| one == action).and_then(|place| u8::try_from(place).ok()).unwrap_or(0)
}

/// The place at which the sum of weights passes `mark`.
fn weighted(weights: &[usize], mut mark: usize) -> u8 {
    for (place, &weight) in (0..).zip(weights) {
        if mark < weight {
            return place;
        }
        mark -= weight;
    }
    0
}

impl Script {
    /// The world of a seed, in words.
    #[must_use]
    pub fn describe(seed: u64) -> String {
        let Swarm {
            flavour, plain, hostile, completion, settings, connections, capacity, cuts, delay, ..
        } = Swarm::new(seed);
        format!(
            "{flavour:?}, plain {plain}, hostile {hostile:?}, confirms later {completion:?}, {connections} connections, \
             capacity {capacity:?}, cuts {cuts}, delay {delay:?}, {settings:?}"
        )
    }
}
