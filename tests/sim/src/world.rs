//! A world: a server, its clients, the wires between them, and virtual time. Playing a script, it checks after each step.

mod application;
mod batches;
mod door;
mod finish;
mod time;

pub(crate) use batches::split;
use bowline_core::{Admission, Instant, Listener};
use core::time::Duration;

use crate::dice::Dice;
use crate::digest::Digest;
use crate::end::Memory;
use crate::link::{Link, Party};
use crate::lobby::Lobby;
use crate::marks::{Mark, Marks};
use crate::step::{Action, Script, Side, Step};
use crate::swarm::Swarm;

/// What playing a script has shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// Stands for everything that happened: the same script gives the same one.
    pub hash: u64,
    /// The rare things that were met.
    pub marks: Marks,
}

/// Plays a script; panics, with the invariant's number, where one does not hold.
#[must_use]
pub fn play<M: Memory>(script: &Script) -> Summary {
    let mut world = World::<M>::new(script.seed);
    for step in &script.steps {
        world.step(*step);
    }
    world.finish()
}

struct World<M: Memory> {
    swarm: Swarm,
    now: Instant,
    /// How far the clock that the ends are shown lags behind.
    lag: Duration,
    listener: Listener<M>,
    lobby: Lobby,
    links: Vec<Link<M>>,
    dice: Dice,
    marks: Marks,
    digest: Digest,
}

impl<M: Memory> World<M> {
    fn new(seed: u64) -> Self {
        let swarm = Swarm::new(seed);
        let mut dice = Dice::new(seed, 5);
        let backlog = dice.pick(&[1, 64]);
        let (lobby, marks, digest) = (Lobby::default(), Marks::default(), Digest::default());
        let listener = Listener::new(Admission::new().backlog(backlog).max_clients(dice.pick(&[1, 2, 1024])));
        let now = Instant::from_origin(Duration::from_secs(1_000_000_000));
        Self { swarm, now, lag: Duration::ZERO, listener, lobby, links: Vec::new(), dice, marks, digest }
    }

    fn step(&mut self, step: Step) {
        let (side, argument) = (step.side(), usize::from(step.argument));
        if self.is_of_the_world(step.action(), argument) {
            return self.check_everything();
        }
        let Some(place) = self.choose(step.connection()) else { return };
        if !self.drive(place, side, step.action(), argument) {
            self.apply(place, side, step.action(), argument);
        }
        self.digest.note(u64::from(step.argument));
        self.look_after(place);
        self.check(place);
    }

    /// One of the connections that are not over; of those that are if there is none.
    fn choose(&self, number: usize) -> Option<usize> {
        let live: Vec<usize> = (0..self.links.len()).filter(|&place| self.links[place].is_live()).collect();
        match live.len() {
            0 => number.checked_rem(self.links.len()),
            count => Some(live[number % count]),
        }
    }

    /// What concerns no connection, or all.
    fn is_of_the_world(&mut self, action: Action, argument: usize) -> bool {
        match action {
            Action::Settle => self.settle(),
            Action::Run => self.run(),
            Action::Connect => self.connect(),
            Action::Accept => self.accept(),
            Action::DropAccept => self.drop_accept(argument),
            Action::TakeAccept => self.take_accept(argument),
            Action::Stop => self.stop(),
            Action::Pass => self.pass(argument),
            Action::Jump => self.jump(),
            Action::LeapAhead => self.leap_ahead(),
            Action::StepBack => self.step_back(argument),
            _ => return false,
        }
        true
    }

    /// What the transport and its faults do to one connection.
    fn drive(&mut self, place: usize, side: Side, action: Action, argument: usize) -> bool {
        let (now, link, marks) = (self.clock(), &mut self.links[place], &mut self.marks);
        let few = argument % 97 + 1;
        match action {
            Action::Send => _ = link.send(now, side, few, marks),
            Action::Receive => _ = link.receive(now, side, few, marks),
            Action::Drive => _ = link.turn(now, side, marks),
            Action::PollEvents => _ = link.poll_events(side),
            Action::Clog => link.wires[side as usize].clogged = true,
            Action::Unclog => link.wires[side as usize].clogged = false,
            Action::Reset => {
                link.torn = true;
                link.wires.iter_mut().for_each(|wire| wire.reset(now));
            }
            Action::Cut => {
                link.torn = true;
                link.wires[side as usize].finish(now);
            }
            Action::BreakWrite => _ = link.break_write(side, marks),
            Action::Kill => {
                let between = link.end(side).is_none_or(|end| end.tap.is_between());
                marks.hit_if(!between, Mark::KilledMidFrame);
                link.kill(now, side, marks);
            }
            Action::Attack => {
                if let Party::Hostile(hostile) = &mut link.parties[side as usize] {
                    hostile.attack(u16::try_from(argument).unwrap_or(0));
                }
            }
            _ => return false,
        }
        true
    }

    fn check(&mut self, place: usize) {
        for side in Side::BOTH {
            self.links[place].check(side, &self.swarm);
        }
    }

    fn check_everything(&mut self) {
        self.lobby.check(&self.listener);
        for place in 0..self.links.len() {
            self.look_after(place);
            self.check(place);
        }
    }

    /// Lets arrive what is under way, and everything happen that follows from it.
    fn run(&mut self) {
        for _ in 0..2_000 {
            self.settle();
            let now = self.clock();
            let arrivals =
                self.links.iter().flat_map(|link| &link.wires).filter_map(|wire| wire.next_arrival(now));
            let Some(next) = arrivals.min() else { return };
            self.now = self.now.max(next + self.lag);
            self.tick();
        }
    }

    /// Everything that all drivers can do now.
    fn settle(&mut self) {
        let now = self.clock();
        for place in 0..self.links.len() {
            self.links[place].settle(now, &mut self.marks);
            self.look_after(place);
            for side in Side::BOTH {
                let events = self.links[place].poll_events(side);
                self.digest.note(events.len() as u64);
            }
        }
    }
}
