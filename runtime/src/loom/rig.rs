//! One connection on a wire, with an executor whose timers fire when the model says so, and a thread for the keeper.

use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::sync::{Arc, Mutex as Plain, Weak};
use std::task::Wake;
use std::time::Instant;

use bowline_core::{Config, Connection, Profile};
use loom::sync::{Condvar, Mutex};
use loom::thread::JoinHandle;

use super::wire::{End, Wire};
use crate::executor::{BoxFuture, Executor, Timer};
use crate::handle::Handle;
use crate::link::Link;
use crate::lookout::Lookout;
use crate::view::View;
use crate::{Peer, PeerAddress, Role, Socket, clock, sync};

/// The connection under test.
pub(super) struct Rig {
    pub(super) wire: Arc<Wire>,
    pub(super) link: Arc<Link>,
    pub(super) socket: Socket,
    pub(super) clockwork: Arc<Clockwork>,
}

/// An executor that leaves its futures and timers to the model.
#[derive(Default)]
pub(super) struct Clockwork {
    futures: Plain<Vec<BoxFuture<()>>>,
    timers: Plain<Vec<Weak<Alarm>>>,
    lookout: Lookout,
}

/// What a timer is armed for.
type Alarm = Plain<Option<(Instant, Waker)>>;

impl Rig {
    /// A client of the plain profile is open from the start, which keeps models small.
    pub(super) fn new(config: Config, blocks: bool) -> (Self, Post) {
        let (wire, clockwork) = (Arc::new(Wire::default()), Arc::new(Clockwork::default()));
        let connection = Connection::client(config.profile(Profile::Plain), clock::now());
        let end = Box::new(End { wire: Arc::clone(&wire), blocks });
        let peer = Peer::new(PeerAddress::Other("model".into()));
        let executor = Arc::<Clockwork>::clone(&clockwork);
        let view = View::new(Role::Client, &config, None, &peer);
        let link = Link::spawn(executor, connection, end, peer, view, None);
        let futures = core::mem::take(&mut *clockwork.futures.lock().unwrap());
        let socket = Socket::new(Handle::new(Arc::clone(&link)));
        (Self { wire, link, socket, clockwork }, Post::new(futures))
    }
}

impl Clockwork {
    /// Lets time pass; the timers that are due by then fire.
    pub(super) fn pass(&self, time: Duration) {
        let now = clock::now().elapsed_since_origin() + time;
        sync::set_time(now);
        for alarm in self.alarms() {
            let due = alarm.lock().unwrap().take_if(|(at, _)| has_passed(*at));
            due.into_iter().for_each(|(_, waker)| waker.wake());
        }
    }

    /// When the first timer fires.
    pub(super) fn armed(&self) -> Option<Instant> {
        self.alarms().filter_map(|alarm| alarm.lock().unwrap().as_ref().map(|(at, _)| *at)).min()
    }

    fn alarms(&self) -> impl Iterator<Item = Arc<Alarm>> + use<> {
        let timers = self.timers.lock().unwrap().clone();
        timers.into_iter().filter_map(|timer| timer.upgrade())
    }
}

fn has_passed(at: Instant) -> bool {
    clock::to_system(clock::now()).is_some_and(|now| at <= now)
}

impl Executor for Clockwork {
    fn spawn(&self, future: BoxFuture<()>) {
        self.futures.lock().unwrap().push(future);
    }

    fn timer(&self) -> Box<dyn Timer> {
        let alarm = Arc::new(Alarm::default());
        self.timers.lock().unwrap().push(Arc::downgrade(&alarm));
        Box::new(Hand(alarm))
    }

    fn lookout(&self) -> &Lookout {
        &self.lookout
    }
}

struct Hand(Arc<Alarm>);

impl Timer for Hand {
    fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        if has_passed(deadline) {
            return Poll::Ready(());
        }
        *self.0.lock().unwrap() = Some((deadline, cx.waker().clone()));
        Poll::Pending
    }
}

/// Runs the keeper and the lookout whenever one of them is woken.
pub(super) struct Post {
    bell: Arc<Bell>,
    futures: Vec<BoxFuture<()>>,
}

#[derive(Default)]
struct Bell {
    state: Mutex<Rung>,
    heard: Condvar,
}

#[derive(Default)]
struct Rung {
    rung: bool,
    home: bool,
}

impl Post {
    /// As they are after their first look.
    fn new(futures: Vec<BoxFuture<()>>) -> Self {
        let mut post = Self { bell: Arc::new(Bell::default()), futures };
        post.poll();
        post.settle();
        post
    }

    /// Runs them on a thread until it is sent home, and what they were woken for before that.
    pub(super) fn man(mut self) -> impl FnOnce() -> Self {
        let bell = Arc::clone(&self.bell);
        let thread: JoinHandle<Self> = super::spawn(move || {
            while self.bell.listen() {
                self.poll();
            }
            self
        });
        move || {
            bell.ring(|state| state.home = true);
            thread.join().expect("the keeper runs")
        }
    }

    /// Runs them as long as something wakes one of them.
    pub(super) fn settle(&mut self) {
        while core::mem::take(&mut self.bell.state.lock().unwrap().rung) {
            self.poll();
        }
    }

    fn poll(&mut self) {
        let waker = Waker::from(Arc::clone(&self.bell));
        let mut cx = Context::from_waker(&waker);
        self.futures.retain_mut(|future| future.as_mut().poll(&mut cx).is_pending());
    }
}

impl Bell {
    fn ring(&self, change: impl FnOnce(&mut Rung)) {
        change(&mut self.state.lock().unwrap());
        self.heard.notify_all();
    }

    /// Waits until it is rung; `false` when there is nothing left to do.
    fn listen(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        while !state.rung && !state.home {
            state = self.heard.wait(state).unwrap();
        }
        core::mem::take(&mut state.rung)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ring(|state| state.rung = true);
    }
}
