//! Messages, written to standard output.

use std::io::{self, IsTerminal};

use bowline_tokio::Bytes;
use clap::ValueEnum;
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, Stdout, stdout};

use crate::output::{Output, tame};
use crate::{Failure, Result};

/// So many messages are shown in one go.
const BATCH: usize = 64;

/// How messages are written to standard output.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Showing {
    /// Each with a newline behind it; on a terminal, what it would obey is escaped
    Text,
    /// Each as a line of hex digits
    Hex,
    /// Their bytes and nothing else
    Raw,
    /// Each with a 32-bit little-endian length before it
    Prefixed,
    /// Nothing
    None,
}

/// Writes messages to standard output, until there are enough.
pub(super) struct Show {
    showing: Showing,
    is_json: bool,
    is_terminal: bool,
    /// How many more are wanted, if not all.
    wanted: Option<u64>,
    stdout: Stdout,
}

impl Show {
    pub(super) fn new(showing: Showing, output: Output, wanted: Option<u64>) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Self { showing, is_json: output.is_json(), is_terminal, wanted, stdout: stdout() }
    }

    /// Whether there are enough.
    pub(super) fn is_full(&self) -> bool {
        self.wanted == Some(0)
    }

    /// How many to read at most.
    pub(super) fn room(&self) -> usize {
        self.wanted.and_then(|wanted| usize::try_from(wanted).ok()).map_or(BATCH, |wanted| wanted.min(BATCH))
    }

    pub(super) async fn messages(&mut self, messages: &[Bytes]) -> Result {
        if let Some(wanted) = &mut self.wanted {
            *wanted = wanted.saturating_sub(messages.len() as u64);
        }
        let mut bytes = Vec::new();
        messages.iter().for_each(|message| self.append(message, &mut bytes));
        self.stdout.write_all(&bytes).await.map_err(Failure::output)?;
        self.stdout.flush().await.map_err(Failure::output)
    }

    fn append(&self, message: &Bytes, bytes: &mut Vec<u8>) {
        match self.showing {
            _ if self.is_json => bytes.extend(format!("{}\n", event(message)).bytes()),
            Showing::Text if self.is_terminal => {
                bytes.extend(tame(&String::from_utf8_lossy(message)).bytes());
                bytes.push(b'\n');
            }
            Showing::Text => {
                bytes.extend_from_slice(message);
                bytes.push(b'\n');
            }
            Showing::Hex => bytes.extend(format!("{message:x}\n").bytes()),
            Showing::Raw => bytes.extend_from_slice(message),
            Showing::Prefixed => {
                let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
                bytes.extend(length.to_le_bytes());
                bytes.extend_from_slice(message);
            }
            Showing::None => {}
        }
    }
}

/// Text if it is text, else hex digits.
fn event(message: &Bytes) -> Value {
    match str::from_utf8(message) {
        Ok(text) => json!({"event": "message", "length": message.len(), "text": text}),
        Err(_) => json!({"event": "message", "length": message.len(), "hex": format!("{message:x}")}),
    }
}
