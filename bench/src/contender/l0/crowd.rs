//! Many clients by hand: one thread, one `epoll`, one block for all.

use std::io::{Read, Write};
use std::os::fd::AsFd;

use anyhow::ensure;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use super::super::frames::{self, PREFIX};
use super::super::stream::{Listener, Stream};
use crate::Result;
use crate::order::{Address, Length};
use crate::pace::{Pace, Phase};
use crate::role::SMALL;
use crate::said::Outcome;

/// What an `epoll` set calls its listener.
const LISTENER: u64 = u64::MAX;
const FRAME: usize = PREFIX + SMALL;

/// Sends everything back, for ever.
pub(super) fn serve(listener: &Listener) -> Result {
    let mut set = Set::new()?;
    set.watch(listener.as_fd(), LISTENER)?;
    loop {
        for ready in set.wait()? {
            if ready == LISTENER {
                set.add(listener.accept()?)?;
            } else if let Some(length) = set.read(ready)? {
                set.answer(ready, length)?;
            }
        }
    }
}

/// So many clients at the same time, each with one message under way.
pub(super) fn ask(address: &Address, clients: usize, length: Length) -> Result<Outcome> {
    let mut set = Set::new()?;
    for _ in 0..clients {
        set.add(Stream::connect(address)?)?;
    }
    set.block[..PREFIX].copy_from_slice(&frames::prefix(SMALL)?);
    let (pace, mut messages, mut under_way) = (Pace::start(length), 0, clients);
    for index in 0..u64::try_from(clients)? {
        set.answer(index, FRAME)?;
    }
    while under_way > 0 {
        for ready in set.wait()? {
            let length = set.read(ready)?;
            ensure!(length == Some(FRAME), "an answer has not come whole");
            let phase = pace.phase(messages);
            messages += u64::from(phase == Phase::Measured);
            if phase == Phase::Over {
                under_way -= 1;
            } else {
                set.answer(ready, FRAME)?;
            }
        }
    }
    Ok(pace.outcome(messages, SMALL))
}

struct Set {
    epoll: std::os::fd::OwnedFd,
    streams: Vec<Stream>,
    block: Vec<u8>,
}

impl Set {
    fn new() -> Result<Self> {
        Ok(Self {
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            streams: Vec::new(),
            block: vec![0; 64 << 10],
        })
    }

    fn watch(&self, descriptor: impl AsFd, name: u64) -> Result {
        Ok(epoll::add(&self.epoll, descriptor, EventData::new_u64(name), EventFlags::IN)?)
    }

    fn add(&mut self, stream: Stream) -> Result {
        self.watch(&stream, u64::try_from(self.streams.len())?)?;
        self.streams.push(stream);
        Ok(())
    }

    /// The names of those that are ready, at least one.
    fn wait(&self) -> Result<Vec<u64>> {
        let mut events = [Event { flags: EventFlags::empty(), data: EventData::new_u64(0) }; 1024];
        let count = epoll::wait(&self.epoll, &mut events, None)?;
        Ok(events[..count].iter().map(|event| event.data.u64()).collect())
    }

    /// What came from one, in the block; `None` if that is the end of him.
    fn read(&mut self, name: u64) -> Result<Option<usize>> {
        let stream = &mut self.streams[usize::try_from(name)?];
        let length = stream.read(&mut self.block)?;
        if length == 0 {
            epoll::delete(&self.epoll, &*stream)?;
        }
        Ok(Some(length).filter(|length| *length > 0))
    }

    /// Sends the beginning of the block.
    fn answer(&mut self, name: u64, length: usize) -> Result {
        Ok(self.streams[usize::try_from(name)?].write_all(&self.block[..length])?)
    }
}
