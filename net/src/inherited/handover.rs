//! What the environment says about sockets that were handed over: sd_listen_fds(3).

use std::ffi::{OsStr, OsString};

use crate::InheritError;

/// The number of the first descriptor.
const FIRST: i32 = 3;
/// More sockets than anybody hands over.
const MOST: usize = 4096;
/// What a socket is called where nobody has named them.
const NAMELESS: &str = "unknown";

/// The three variables.
pub(super) struct Variables {
    pub(super) process: Option<OsString>,
    pub(super) count: Option<OsString>,
    pub(super) names: Option<OsString>,
}

/// The sockets that this process was handed, by name; the first has number 3.
#[derive(Debug)]
pub(super) struct Handover {
    /// Whose they are: a forked child has a copy of this.
    process: u32,
    sockets: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    name: String,
    taken: bool,
}

impl Variables {
    pub(super) fn of_this_process() -> Self {
        Self {
            process: std::env::var_os("LISTEN_PID"),
            count: std::env::var_os("LISTEN_FDS"),
            names: std::env::var_os("LISTEN_FDNAMES"),
        }
    }
}

impl Handover {
    /// What the variables say to the process with this number.
    pub(super) fn read(variables: &Variables, own: u32) -> Result<Self, InheritError> {
        let (Some(process), Some(count)) = (&variables.process, &variables.count) else {
            return Err(InheritError::NotActivated);
        };
        check_process(process, own)?;
        let names = name(count_of(count)?, variables.names.as_deref())?;
        let sockets = names.into_iter().map(|name| Entry { name, taken: false }).collect();
        Ok(Self { process: own, sockets })
    }

    /// That they are still ours.
    pub(super) fn check(&self, own: u32) -> Result<(), InheritError> {
        if self.process == own { Ok(()) } else { Err(InheritError::OtherProcess { process: self.process }) }
    }

    /// Which one has this name: its place.
    pub(super) fn find(&self, name: &str) -> Result<usize, InheritError> {
        let mut found = self.sockets.iter().enumerate().filter(|(_, entry)| entry.name == name);
        let Some((place, entry)) = found.next() else {
            let known = self.sockets.iter().map(|entry| entry.name.clone()).collect();
            return Err(InheritError::Unknown { name: name.to_owned(), known });
        };
        match found.count() {
            0 if entry.taken => Err(InheritError::Taken { name: name.to_owned() }),
            0 => Ok(place),
            others => Err(InheritError::Ambiguous { name: name.to_owned(), count: others + 1 }),
        }
    }

    /// The descriptor's number.
    pub(super) fn descriptor(place: usize) -> i32 {
        i32::try_from(place).map_or(i32::MAX, |place| FIRST.saturating_add(place))
    }

    pub(super) fn mark_taken(&mut self, place: usize) {
        if let Some(entry) = self.sockets.get_mut(place) {
            entry.taken = true;
        }
    }
}

fn check_process(text: &OsStr, own: u32) -> Result<(), InheritError> {
    match number(text) {
        Some(process) if process == own => Ok(()),
        Some(process) => Err(InheritError::OtherProcess { process }),
        None => Err(wrong("LISTEN_PID", text, "the number of a process")),
    }
}

fn count_of(text: &OsStr) -> Result<usize, InheritError> {
    let count = number(text).and_then(|count| usize::try_from(count).ok());
    let sane = count.filter(|count| (1..=MOST).contains(count));
    sane.ok_or_else(|| wrong("LISTEN_FDS", text, "a number from 1 to 4096"))
}

/// A name for each of so many sockets.
fn name(count: usize, text: Option<&OsStr>) -> Result<Vec<String>, InheritError> {
    let Some(text) = text else { return Ok(vec![NAMELESS.to_owned(); count]) };
    let names = text.to_str().ok_or_else(|| wrong("LISTEN_FDNAMES", text, "UTF-8"))?;
    let names: Vec<_> = names.split(':').map(str::to_owned).collect();
    if names.len() == count {
        return Ok(names);
    }
    Err(InheritError::Names { names: names.len(), sockets: count })
}

/// Digits and nothing else, not even a sign.
fn number(text: &OsStr) -> Option<u32> {
    text.to_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

fn wrong(variable: &'static str, value: &OsStr, expected: &'static str) -> InheritError {
    InheritError::Variable { variable, value: value.to_string_lossy().into_owned(), expected }
}
