//! What TLS promises beyond what the conformance suite asks of every transport: who is let in, who is told why not, what a
//! cut-off stream looks like, and when a message counts as sent.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
#![allow(clippy::needless_pass_by_value, reason = "tests consume what they are done with")]

mod ending;
mod endpoints;
mod kit;
mod members;
mod pipe;
mod replay;
mod sending;
mod strangers;
mod trust;
