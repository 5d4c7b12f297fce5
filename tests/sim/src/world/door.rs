//! Clients come, are accepted or turned away, and go.

use bowline_core::{Event, Refusal, TaskId, Text};

use super::World;
use crate::dice::Dice;
use crate::end::Memory;
use crate::link::Link;
use crate::marks::Mark;
use crate::step::Side;

/// The most connections in the life of a world.
const MOST: usize = 12;

impl<M: Memory> World<M> {
    pub(super) fn connect(&mut self) {
        let live = self.links.iter().filter(|link| link.is_live()).count();
        if live >= self.swarm.connections || self.links.len() >= MOST {
            return;
        }
        let now = self.clock();
        let purpose = 100 + self.links.len() as u64;
        let mut link = Link::new(&self.swarm, now, Dice::new(self.dice.pair().into(), purpose));
        match self.listener.handle_arrival(None) {
            Ok(client) => link.client = Some(client),
            Err(refusal) => {
                self.marks.hit(Mark::RefusedAtOnce);
                link.torn = true;
                if let Some(end) = link.end(Side::Server) {
                    end.connection.refuse(now, refusal, Text::EMPTY);
                }
            }
        }
        self.links.push(link);
    }

    pub(super) fn accept(&mut self) {
        if let Ok(accept) = self.listener.accept() {
            self.lobby.accepts.push(accept);
        }
    }

    pub(super) fn drop_accept(&mut self, argument: usize) {
        let Some(accept) = self.choose_accept(argument) else { return };
        self.marks.hit_if(self.lobby.has(accept), Mark::AcceptDroppedWithClient);
        assert!(self.listener.cancel_accept(accept), "I3: a live accept ended by itself");
        self.lobby.dropped(accept);
    }

    pub(super) fn take_accept(&mut self, argument: usize) {
        let Some(accept) = self.choose_accept(argument / 8) else { return };
        let taken = self.listener.take(accept);
        self.lobby.take(accept, taken);
        let Ok(Some(client)) = taken else { return };
        let now = self.clock();
        let Some(link) = self.links.iter_mut().find(|link| link.client == Some(client)) else {
            panic!("I10: a client that nobody knows");
        };
        let Some(end) = link.end(Side::Server) else { return };
        if argument % 8 == 7 {
            self.marks.hit(Mark::RefusedByProgram);
            end.connection.refuse(now, Refusal::Application(0x1000), Text::EMPTY);
            link.torn = true;
        } else if self.listener.admit(client) {
            end.connection.accept(now);
            link.accepted = true;
        }
    }

    pub(super) fn stop(&mut self) {
        self.lobby.stopped = true;
        let now = self.clock();
        while let Some(client) = self.listener.stop() {
            self.lobby.gone(client);
            for link in self.links.iter_mut().filter(|link| link.client == Some(client)) {
                link.torn = true;
                if let Some(end) = link.end(Side::Server) {
                    end.connection.refuse(now, Refusal::ShuttingDown, Text::EMPTY);
                }
            }
        }
    }

    /// What the server's own code does for one client: hears that it has arrived, and that it is gone.
    pub(super) fn look_after(&mut self, place: usize) {
        let now = self.clock();
        let link = &mut self.links[place];
        let (Some(client), end) = (link.client, link.end(Side::Server)) else { return };
        let gone = end.as_ref().is_none_or(|end| end.is_over());
        let deciding = end.is_some_and(|end| end.connection.state() == bowline_core::State::Deciding);
        if gone {
            link.client = None;
            let offered = link.offered && !link.accepted;
            self.marks.hit_if(offered, Mark::WentUnanswered);
            assert_eq!(self.listener.handle_gone(client), Some(self.links[place].accepted), "I16: the books");
            self.lobby.gone(client);
        } else if deciding && !link.offered {
            link.offered = true;
            let arrived = link.poll_events(Side::Server).contains(&Event::Arrived);
            assert!(arrived, "I11: nobody heard of an arrival");
            if self.listener.offer(client) {
                self.lobby.offered(client);
            } else if let Some(end) = link.end(Side::Server) {
                end.connection.refuse(now, Refusal::ShuttingDown, Text::EMPTY);
                link.torn = true;
            }
        }
    }

    fn choose_accept(&self, argument: usize) -> Option<TaskId> {
        let accepts = &self.lobby.accepts;
        accepts.get(argument.checked_rem(accepts.len())?).copied()
    }
}
