//! What is said of a frame, of what is wrong, and of the whole.

use core::fmt;
use std::io;

use bowline_core::{Refusal, Violation};
use serde_json::{Map, Value, json};

use crate::output::tame;
use crate::send::digits;

/// A frame, where it begins, and what it means.
pub(super) struct Frame {
    pub(super) offset: u64,
    pub(super) kind: &'static str,
    pub(super) length: u32,
    pub(super) meaning: Meaning,
}

/// What a frame means.
pub(super) enum Meaning {
    Nothing,
    /// Hello or welcome.
    Greeting {
        limit: u32,
        heartbeat: u32,
        more: usize,
    },
    Refuse {
        code: u16,
        text: String,
    },
    /// The beginning of a payload.
    Bytes(Vec<u8>),
    Begin {
        total: u32,
    },
    /// A part of an announced message, and how much of it is there.
    Chunk {
        have: u32,
        total: u32,
        bytes: Vec<u8>,
    },
    /// How much was thrown away.
    Abort {
        have: u32,
        total: u32,
    },
    Count(u64),
}

/// What is wrong, and at which byte.
#[derive(Debug, thiserror::Error)]
pub(super) enum Problem {
    /// A receiver would refuse this.
    #[error("{} ({:#06x}, {violation}): {what}", name(*violation), violation.code())]
    Violation { offset: u64, frame: u64, violation: Violation, what: String },
    /// The stream ends too early.
    #[error("the stream ends inside the frame that begins at byte {frame}: {missing} bytes are missing")]
    CutShort { frame: u64, offset: u64, missing: u64 },
    /// The stream ends between chunks.
    #[error("the stream ends inside an announced message: {have} of {total} bytes have come")]
    Unfinished { offset: u64, have: u32, total: u32 },
    /// Whoever refuses says no more.
    #[error("bytes after a refuse, which is its sender's last frame")]
    AfterRefuse { offset: u64 },
    /// This is no problem of the stream's.
    #[error("{0}")]
    Unreadable(io::Error),
}

/// What was seen until the end, or until a problem.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) frames: u64,
    pub(super) messages: u64,
    pub(super) bytes: u64,
    pub(super) aborted: u64,
    /// How it ends, unless a problem ends it.
    pub(super) end: &'static str,
}

impl Problem {
    /// The first byte that is not as it should be, or that is missing.
    pub(super) const fn offset(&self) -> u64 {
        match self {
            Self::Violation { offset, .. }
            | Self::CutShort { offset, .. }
            | Self::Unfinished { offset, .. }
            | Self::AfterRefuse { offset } => *offset,
            Self::Unreadable(_) => 0,
        }
    }

    fn to_json(&self) -> Value {
        let mut value = json!({"offset": self.offset(), "problem": self.to_string()});
        if let Self::Violation { frame, violation, .. } = self {
            value["frame"] = json!(frame);
            value["violation"] = json!(name(*violation));
            value["code"] = json!(violation.code());
        }
        value
    }
}

impl Summary {
    /// Counts a message.
    pub(super) fn message(&mut self, length: u32) {
        self.messages += 1;
        self.bytes += u64::from(length);
    }

    pub(super) fn to_json(&self, offset: u64, problem: Option<&Problem>) -> Value {
        let Self { frames, messages, bytes, aborted, end } = self;
        let end = problem.is_none().then_some(end);
        json!({"event": "end", "read": offset, "frames": frames, "messages": messages, "message_bytes": bytes,
            "aborted": aborted, "end": end, "wrong": problem.map(Problem::to_json)})
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frames, messages, bytes, aborted, .. } = self;
        write!(f, "{frames} frames, {messages} messages of {bytes} bytes, {aborted} aborted")
    }
}

impl Frame {
    pub(super) fn to_json(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("offset".into(), json!(self.offset));
        fields.insert("kind".into(), json!(self.kind));
        fields.insert("length".into(), json!(self.length));
        if let Value::Object(more) = self.meaning.to_json() {
            fields.extend(more);
        }
        Value::Object(fields)
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10}  {:<11} {:>10}", self.offset, self.kind, self.length)?;
        let words = self.words();
        if words.is_empty() { Ok(()) } else { write!(f, "  {words}") }
    }
}

impl Frame {
    fn words(&self) -> String {
        match &self.meaning {
            Meaning::Nothing => String::new(),
            Meaning::Greeting { limit, heartbeat, more } => {
                let wish =
                    if *heartbeat == 0 { "no heartbeat".into() } else { format!("heartbeat {heartbeat} ms") };
                let rest = if *more > 0 { format!(", {more} bytes of later fields") } else { String::new() };
                format!("version 1, takes messages up to {limit} bytes, {wish}{rest}")
            }
            Meaning::Refuse { code, text } => {
                let quote = if text.is_empty() { String::new() } else { format!("; \"{}\"", tame(text)) };
                format!("{code:#06x}: {}{quote}", Refusal::from_code(*code))
            }
            Meaning::Bytes(bytes) => preview(bytes, self.length),
            Meaning::Begin { total } => format!("announces {total} bytes"),
            Meaning::Chunk { have, total, bytes } => {
                format!("{have} of {total}: {}", preview(bytes, self.length))
            }
            Meaning::Abort { have, total } => format!("withdrawn after {have} of {total} bytes"),
            Meaning::Count(count) => format!("{count} messages"),
        }
    }
}

impl Meaning {
    fn to_json(&self) -> Value {
        match self {
            Self::Nothing => json!({}),
            Self::Greeting { limit, heartbeat, .. } => {
                json!({"version": 1, "limit": limit, "heartbeat_ms": heartbeat})
            }
            Self::Refuse { code, text } => {
                json!({"code": code, "reason": Refusal::from_code(*code).to_string(), "text": text})
            }
            Self::Bytes(bytes) => shown(bytes),
            Self::Begin { total } => json!({"total": total}),
            Self::Chunk { have, total, bytes } => {
                let mut value = shown(bytes);
                value["have"] = json!(have);
                value["total"] = json!(total);
                value
            }
            Self::Abort { have, total } => json!({"have": have, "total": total}),
            Self::Count(count) => json!({"count": count}),
        }
    }
}

fn shown(bytes: &[u8]) -> Value {
    match str::from_utf8(bytes) {
        Ok(text) => json!({"text": text}),
        Err(_) => json!({"hex": digits(bytes)}),
    }
}

/// In quotes if it is plain text, else as hex digits.
fn preview(bytes: &[u8], length: u32) -> String {
    let is_cut = (bytes.len() as u64) < u64::from(length);
    let dots = if is_cut { " ..." } else { "" };
    match str::from_utf8(bytes) {
        _ if bytes.is_empty() => String::new(),
        Ok(text) if !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') => {
            format!("{text:?}{dots}")
        }
        _ => format!("{}{dots}", digits(bytes)),
    }
}

/// The name in PROTOCOL.md.
fn name(violation: Violation) -> String {
    format!("{violation:?}")
}
