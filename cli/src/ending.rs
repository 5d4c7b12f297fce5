//! The end of a connection: the goodbye, and what came of it.

use core::time::Duration;

use bowline_tokio::{CloseReason, Closed, Socket};
use serde_json::{Value, json};

use crate::output::Output;
use crate::{Failure, Result};

/// Closes in order and says what is unconfirmed. What comes in meanwhile is not read.
pub(crate) async fn close(socket: &Socket, patience: Duration, output: Output) -> Result {
    let closed = socket.close(patience).await?;
    say(socket, closed, output)
}

/// Says how a close ended.
///
/// # Errors
/// When messages are unconfirmed, or the peer did not end in order before.
pub(crate) fn say(socket: &Socket, closed: Closed, output: Output) -> Result {
    output.event(|| event(socket, closed))?;
    if let Closed::Unconfirmed { .. } = closed {
        let why = socket.close_reason().map(|reason| format!(" ({reason})")).unwrap_or_default();
        return Err(Failure::Peer(format!("{closed}{why}")));
    }
    socket.close_reason().map_or(Ok(()), check)
}

/// Whether a connection that ended for this reason ended in order.
fn check(reason: CloseReason) -> Result {
    match reason {
        CloseReason::Closed | CloseReason::PeerClosed => Ok(()),
        reason => Err(reason.into()),
    }
}

fn event(socket: &Socket, closed: Closed) -> Value {
    let (outcome, unconfirmed) = match closed {
        Closed::Clean => ("clean", None),
        Closed::Flushed => ("flushed", None),
        Closed::Unconfirmed { from, to } => ("unconfirmed", Some(json!({"from": from, "to": to}))),
        _ => ("unknown", None),
    };
    let stats = socket.stats();
    json!({
        "event": "closed",
        "outcome": outcome,
        "unconfirmed": unconfirmed,
        "reason": socket.close_reason().map(|reason| reason.to_string()),
        "sent": stats.sent.messages,
        "received": stats.received.messages,
    })
}
