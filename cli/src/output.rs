//! What the tool says: results to standard output, remarks to standard error, or everything as JSON lines.

use core::fmt;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::{Failure, Result};

/// Where and how a command speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
    quiet: bool,
}

impl Output {
    pub(crate) const fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// A result: its words, or its JSON, as one line or several of standard output.
    pub(crate) fn result(self, words: impl fmt::Display, event: impl FnOnce() -> Value) -> Result {
        if self.json { line(event()) } else { line(words) }
    }

    /// A line that is only of interest to machines.
    pub(crate) fn event(self, event: impl FnOnce() -> Value) -> Result {
        if self.json { line(event()) } else { Ok(()) }
    }

    /// A remark for people, to standard error; an event for machines.
    pub(crate) fn remark(self, words: impl fmt::Display, event: impl FnOnce() -> Value) {
        if self.json {
            // A remark that nobody reads is no reason to stop; the next result will be one.
            let _unread = line(event());
        } else if !self.quiet {
            say(words);
        }
    }

    /// A part of a result that `--quiet` leaves out.
    pub(crate) fn detail(self, words: impl fmt::Display, event: impl FnOnce() -> Value) -> Result {
        if self.quiet { Ok(()) } else { self.result(words, event) }
    }

    /// Whether there is somebody at a terminal who would like to see something move.
    pub(crate) fn is_watched(self) -> bool {
        !self.json && !self.quiet && io::stderr().is_terminal()
    }

    /// Says what ended the command.
    pub(crate) fn failure(self, failure: &Failure) -> ExitCode {
        let code = failure.code();
        if code != 0 && self.json {
            say(json!({"error": failure.to_string(), "exit": code}));
        } else if code != 0 {
            say(format_args!("{}: {failure}", painted("error", AnsiColor::Red)));
        }
        ExitCode::from(code)
    }
}

/// A word in a colour, which is left out where colours are off.
pub(crate) fn painted(word: impl fmt::Display, color: AnsiColor) -> impl fmt::Display {
    let style = Style::new().bold().fg_color(Some(color.into()));
    format!("{style}{word}{style:#}")
}

/// What a peer has said, on one line and without anything that a terminal would obey.
pub(crate) fn tame(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

/// To standard error, in one piece: others may write there, too.
fn say(words: impl fmt::Display) {
    let _unread = anstream::stderr().write_all(format!("{words}\n").as_bytes());
}

fn line(what: impl fmt::Display) -> Result {
    anstream::stdout().write_all(format!("{what}\n").as_bytes()).map_err(Failure::output)
}
