//! The view inside: a second server, which answers one question with JSON.

use std::sync::Arc;

use bowline_tokio::{Clients, Endpoint, Server, Socket};
use serde_json::json;

use super::register::Register;
use crate::Result;
use crate::reach::{self, Listening, Wire};

/// The message to which a view answers with a snapshot.
pub(crate) const QUESTION: &str = "status";

/// So many may look at a time.
const VIEWERS: usize = 16;

/// Opens a view; it lasts as long as its server.
pub(super) fn open(
    endpoint: &Endpoint,
    wire: &Wire,
    listening: Listening,
    register: &Arc<Register>,
) -> Result<Server> {
    let (server, viewers) = reach::bind(endpoint, wire, listening, VIEWERS)?;
    tokio::spawn(admit(viewers, Arc::clone(register)));
    Ok(server)
}

async fn admit(mut viewers: Clients, register: Arc<Register>) {
    while let Some(incoming) = viewers.next().await {
        if let Ok(socket) = incoming.accept() {
            tokio::spawn(answer(socket, Arc::clone(&register)));
        }
    }
}

async fn answer(socket: Socket, register: Arc<Register>) {
    while let Ok(question) = socket.read().await {
        let answer = if question == QUESTION {
            json!(register.snapshot())
        } else {
            json!({"error": format!("the only question here is {QUESTION:?}")})
        };
        if socket.write(answer.to_string()).await.is_err() {
            return;
        }
    }
}
