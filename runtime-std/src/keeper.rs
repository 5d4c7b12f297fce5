//! The keeper: one thread per process that waits for readiness and time, for all connections together.

use core::cell::Cell;
use core::panic::AssertUnwindSafe;
use core::task::Waker;
use core::time::Duration;
use std::io;
use std::panic::catch_unwind;
#[cfg(unix)]
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Instant;

#[cfg(unix)]
use polling::Event;
use polling::{Events, Poller};

use crate::pool;
#[cfg(unix)]
use crate::slot::Slot;
use crate::timers::{TimerKey, Timers};

/// How long the thread stays when there is nothing to do: programs that connect one time after the other would start it
/// each time.
const PATIENCE: Duration = Duration::from_millis(200);

/// How many are woken before the pool is called: where there is one processor, it takes over at once and finds so many to do
/// instead of one; where there are more, the first one waits for some ten microseconds.
#[cfg(unix)]
const AT_ONCE: usize = 32;

static KEEPER: OnceLock<Keeper> = OnceLock::new();

thread_local! {
    static IS_KEEPER: Cell<bool> = const { Cell::new(false) };
}

/// What the keeper watches. There is one per process, for as long as it lives; its thread comes and goes.
pub(crate) struct Keeper {
    poller: Poller,
    state: Mutex<State>,
}

struct State {
    #[cfg(unix)]
    slots: crate::slot::Slots,
    timers: Timers,
    thread: Presence,
}

/// What the thread is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Absent,
    Busy,
    /// It looks at the table again by then, if at all.
    Asleep(Option<Instant>),
}

/// The process's keeper.
///
/// # Errors
/// The system's, when it is out of descriptors.
pub(crate) fn get() -> io::Result<&'static Keeper> {
    if let Some(keeper) = KEEPER.get() {
        return Ok(keeper);
    }
    let keeper = Keeper::new()?;
    Ok(KEEPER.get_or_init(|| keeper))
}

/// Whether the calling thread is the keeper's.
pub(crate) fn is_this_thread() -> bool {
    IS_KEEPER.try_with(Cell::get).unwrap_or(false)
}

impl Keeper {
    fn new() -> io::Result<Self> {
        let state = State {
            #[cfg(unix)]
            slots: crate::slot::Slots::default(),
            timers: Timers::default(),
            thread: Presence::Absent,
        };
        Ok(Self { poller: Poller::new()?, state: Mutex::new(state) })
    }

    /// Sets a timer, or gives one another waker.
    pub(crate) fn set_timer(&'static self, key: TimerKey, waker: Waker) {
        let mut state = self.lock();
        let before = state.timers.set(key, waker);
        // Without a thread the next one to be started finds it.
        let _ = self.see_to_thread(&mut state);
        let late = matches!(state.thread, Presence::Asleep(until) if until.is_none_or(|until| key.0 < until));
        if late {
            self.call(&mut state);
        }
        drop(state);
        drop(before);
    }

    pub(crate) fn clear_timer(&self, key: TimerKey) {
        let mut state = self.lock();
        let waker = state.timers.clear(key);
        self.tell_if_idle(state);
        drop(waker);
    }

    /// Starts the thread if there is none.
    fn see_to_thread(&'static self, state: &mut State) -> io::Result<()> {
        if state.thread == Presence::Absent {
            thread::Builder::new().name("bowline-keeper".to_owned()).spawn(|| self.run())?;
            state.thread = Presence::Busy;
        }
        Ok(())
    }

    /// A thread that sleeps for good would not see that it can end.
    fn tell_if_idle(&self, mut state: MutexGuard<'_, State>) {
        if state.is_idle() && matches!(state.thread, Presence::Asleep(_)) {
            self.call(&mut state);
        }
    }

    fn call(&self, state: &mut State) {
        state.thread = Presence::Busy;
        // It fails only for a poller that is gone.
        let _ = self.poller.notify();
    }

    fn run(&self) {
        IS_KEEPER.set(true);
        let (mut events, mut was_idle) = (Events::new(), false);
        #[cfg(unix)]
        let mut fired = Vec::new();
        while let Some(sleep) = self.turn(&mut was_idle) {
            events.clear();
            // A call that has failed brings no events.
            let _ = self.poller.wait(&mut events, sleep);
            #[cfg(unix)]
            self.fire(&events, &mut fired);
            // For those whose time had come, too, and for what was let go of last.
            pool::call();
            // Those who were called run first where there is no processor to spare, so that the next look finds more.
            thread::yield_now();
        }
    }

    /// Wakes those whose time has come, and says how long to sleep then; `None` if it has been idle for long enough.
    fn turn(&self, was_idle: &mut bool) -> Option<Option<Duration>> {
        let now = Instant::now();
        let mut state = self.lock();
        let due = state.timers.take_due(now);
        let is_idle = due.is_empty() && state.is_idle();
        if is_idle && *was_idle {
            state.thread = Presence::Absent;
            return None;
        }
        *was_idle = is_idle;
        let until = if is_idle { Some(now + PATIENCE) } else { state.timers.first() };
        state.thread = if due.is_empty() { Presence::Asleep(until) } else { Presence::Busy };
        let sleep = until.map(|until| until.saturating_duration_since(now));
        drop(state);
        if due.is_empty() {
            return Some(sleep);
        }
        due.into_iter().for_each(wake);
        Some(Some(Duration::ZERO))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// What is watched.
#[cfg(unix)]
impl Keeper {
    pub(crate) const fn poller(&self) -> &Poller {
        &self.poller
    }

    /// Enters a slot into the table, under a key that was never used before.
    pub(crate) fn enter(&'static self, make: impl FnOnce(usize) -> Arc<Slot>) -> io::Result<Arc<Slot>> {
        let mut state = self.lock();
        self.see_to_thread(&mut state)?;
        Ok(state.slots.enter(make))
    }

    pub(crate) fn leave(&self, key: usize) {
        let mut state = self.lock();
        let slot = state.slots.leave(key);
        self.tell_if_idle(state);
        drop(slot);
    }

    /// `fired` is empty before and after; its memory is used again.
    fn fire(&self, events: &Events, fired: &mut Vec<(Arc<Slot>, Event)>) {
        let mut state = self.lock();
        state.thread = Presence::Busy;
        fired.extend(events.iter().filter_map(|event| Some((state.slots.find(event.key)?, event))));
        drop(state);
        for some in fired.chunks(AT_ONCE) {
            for (slot, event) in some {
                slot.fire(&self.poller, *event).into_iter().flatten().for_each(wake);
            }
            pool::call();
        }
        fired.clear();
    }
}

impl State {
    fn is_idle(&self) -> bool {
        #[cfg(unix)]
        if !self.slots.is_empty() {
            return false;
        }
        self.timers.is_empty()
    }
}

/// The keeper outlives wakers that panic.
fn wake(waker: Waker) {
    let _reported_by_the_hook = catch_unwind(AssertUnwindSafe(|| waker.wake()));
}
