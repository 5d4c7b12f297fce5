//! One connection: two ends, a wire each way, and the references of both directions.

mod batches;
mod checking;
mod ending;
mod receiving;
mod sending;

use bowline_core::{ClientId, Connection, Event, Instant};

use crate::dice::Dice;
use crate::end::{End, Memory};
use crate::hostile::Hostile;
use crate::marks::{Mark, Marks};
use crate::model::Flow;
use crate::step::Side;
use crate::swarm::Swarm;
use crate::tap::Tap;
use crate::wire::Wire;

/// Who is at one end.
pub(crate) enum Party<M: Memory> {
    Honest(Box<End<M>>),
    Hostile(Hostile),
    /// The process was killed.
    Dead,
}

pub(crate) struct Link<M: Memory> {
    pub(crate) parties: [Party<M>; 2],
    /// By who writes into it.
    pub(crate) wires: [Wire; 2],
    /// By who writes.
    pub(crate) flows: [Flow; 2],
    pub(crate) hostile: Option<Side>,
    /// Reads what a hostile end sends, as it is taken in.
    pub(crate) hostile_tap: Tap,
    /// The server's name for its client, until it has heard of its end.
    pub(crate) client: Option<ClientId>,
    pub(crate) offered: bool,
    pub(crate) accepted: bool,
    /// Something happened after which messages may be lost.
    pub(crate) torn: bool,
    /// Whether each side, if it was abandoned, was so while no goodbye had come: it confirms only what was read.
    pub(crate) strict: [bool; 2],
    pub(crate) written: usize,
    pub(crate) dice: Dice,
    /// The latest time that the ends were ever shown.
    latest: Instant,
    cuts: usize,
    spurious: usize,
}

impl<M: Memory> Link<M> {
    pub(crate) fn new(swarm: &Swarm, now: Instant, mut dice: Dice) -> Self {
        let mut wire =
            |capacity| Wire::new(swarm.flavour, capacity, swarm.delay, Dice::new(dice.pair().into(), 3));
        let wires = [wire(swarm.capacity[0]), wire(swarm.capacity[1])];
        let hostile = Hostile::new(swarm, Dice::new(dice.pair().into(), 4));
        let mut party = |side: Side| match swarm.hostile == Some(side) {
            true => Party::Hostile(hostile.clone()),
            false => Party::Honest(Box::new(honest(swarm, side, now))),
        };
        Self {
            parties: Side::BOTH.map(&mut party),
            wires,
            flows: Default::default(),
            hostile: swarm.hostile,
            hostile_tap: Tap::new(swarm.plain),
            client: None,
            offered: false,
            accepted: false,
            torn: swarm.hostile.is_some(),
            strict: [true; 2],
            written: 0,
            dice,
            latest: now,
            cuts: swarm.cuts,
            spurious: swarm.spurious,
        }
    }

    pub(crate) const fn end(&mut self, side: Side) -> Option<&mut End<M>> {
        match &mut self.parties[side as usize] {
            Party::Honest(end) => Some(end),
            Party::Hostile(_) | Party::Dead => None,
        }
    }

    /// Whether an end still has its transport.
    pub(crate) fn is_live(&self) -> bool {
        self.parties.iter().any(|party| matches!(party, Party::Honest(end) if !end.driver.gone))
    }

    /// The messages that come to this side.
    pub(crate) const fn incoming(&mut self, side: Side) -> &mut Flow {
        &mut self.flows[side.other() as usize]
    }

    /// How much of something happens now: all of it, or a part.
    fn cut(&mut self, most: usize) -> usize {
        match self.dice.per_mille(self.cuts) {
            true => 1 + self.dice.below(most.min(64)),
            false => most,
        }
    }
}

fn honest<M: Memory>(swarm: &Swarm, side: Side, now: Instant) -> End<M> {
    let config = swarm.settings[side as usize].config();
    let connection = match side {
        Side::Client => Connection::client(config, now),
        Side::Server => Connection::server(config, now),
    };
    End::new(connection, swarm.completion[side as usize], swarm.plain)
}

// The driver's loop.
impl<M: Memory> Link<M> {
    /// Everything that one end's driver can do now; whether anything moved.
    pub(crate) fn turn(&mut self, now: Instant, side: Side, marks: &mut Marks) -> bool {
        self.tick(now, side, marks);
        let mut moved = self.send(now, side, usize::MAX, marks) > 0;
        moved |= self.receive(now, side, usize::MAX, marks) > 0;
        moved |= self.shut(now, side, marks);
        moved
    }

    /// Everything that both drivers can do now.
    pub(crate) fn settle(&mut self, now: Instant, marks: &mut Marks) -> bool {
        let mut turns = 0;
        let bytes: usize = 100_000
            + self.flows.iter().flat_map(|flow| &flow.writes).map(|write| write.message.len()).sum::<usize>();
        while Side::BOTH.map(|side| self.turn(now, side, marks)).contains(&true) {
            turns += 1;
            assert!(turns < 8 * bytes, "I12: the drivers spin");
        }
        turns > 0
    }

    /// Tells an end the time, if it asked for that or for nothing at all.
    pub(crate) fn tick(&mut self, now: Instant, side: Side, marks: &mut Marks) {
        let spurious = self.dice.per_mille(self.spurious);
        self.latest = self.latest.max(now);
        let latest = self.latest;
        let Some(end) = self.end(side) else { return };
        let due = end.connection.poll_timeout().is_some_and(|at| at <= latest);
        if !due && !spurious {
            return;
        }
        let before = (end.connection.state(), end.connection.has_output());
        end.connection.handle_timeout(now);
        end.rest();
        let after = (end.connection.state(), end.connection.has_output());
        assert!(due || before == after, "I13: a timer fired early: {before:?} {after:?}");
        let (over, draining) = (end.is_over(), before.0 == bowline_core::State::Draining);
        marks.hit_if(due, Mark::TimerFired);
        let last_words = before.1 || !end.driver.lent.is_empty();
        let ended = over && before.0 != bowline_core::State::Closed;
        marks.hit_if(due && ended, Mark::EndedByTimer);
        // The linger is over, too, when what was said last has not left, or was not read.
        let unheard = over && (last_words || !self.wires[side as usize].is_empty());
        self.torn |= due && (draining || ended || unheard);
    }

    /// Asks an end for its events until there are none; what is so was announced.
    pub(crate) fn poll_events(&mut self, side: Side) -> Vec<Event> {
        let Some(end) = self.end(side) else { return Vec::new() };
        let events: Vec<Event> = core::iter::from_fn(|| end.connection.poll_event()).collect();
        for event in &events {
            match *event {
                Event::ReadReady(task) | Event::WriteDone(task) => _ = end.announced.insert(task),
                _ => {}
            }
        }
        self.observe(side);
        self.check_announced(side);
        events
    }
}
