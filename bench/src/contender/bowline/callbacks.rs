//! Many clients without a task or a thread for each: by callbacks.

use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use bowline_runtime::{Bytes, Server, Socket};

use crate::Result;
use crate::order::Length;
use crate::pace::{Pace, Phase};
use crate::role::SMALL;
use crate::said::Outcome;

/// Sends everything back, for ever.
pub(super) fn serve(server: &Server) -> Result {
    server.on_connect(|_peer| true, |socket| socket.on_message(send));
    loop {
        thread::park();
    }
}

/// So many clients, each of which asks again in the callback with its answer.
pub(super) fn ask(connect: impl Fn() -> Result<Socket>, clients: usize, length: Length) -> Result<Outcome> {
    let sockets = (0..clients).map(|_| connect()).collect::<Result<Vec<_>>>()?;
    let (finished, all_finished) = mpsc::channel();
    let crowd = Arc::new(Crowd {
        pace: Pace::start(length),
        messages: AtomicU64::new(0),
        under_way: AtomicUsize::new(clients),
        finished,
    });
    for socket in &sockets {
        let crowd = Arc::clone(&crowd);
        socket.on_message(move |socket, answer| crowd.handle_answer(socket, answer));
        send(socket, Bytes::from_static(&[0x5A; SMALL]));
    }
    all_finished.recv()?;
    Ok(crowd.pace.outcome(crowd.messages.load(Ordering::Relaxed), SMALL))
}

/// What all clients share.
struct Crowd {
    pace: Pace,
    messages: AtomicU64,
    /// So many have not had enough.
    under_way: AtomicUsize,
    finished: mpsc::Sender<()>,
}

impl Crowd {
    fn handle_answer(&self, socket: &Socket, answer: Bytes) {
        match self.pace.phase(self.messages.load(Ordering::Relaxed)) {
            Phase::Over => {
                if self.under_way.fetch_sub(1, Ordering::Relaxed) == 1 {
                    // Nobody listens only if the process is about to end.
                    let _whoever_waits = self.finished.send(());
                }
                return;
            }
            Phase::Measured => drop(self.messages.fetch_add(1, Ordering::Relaxed)),
            Phase::WarmUp => {}
        }
        send(socket, answer);
    }
}

fn send(socket: &Socket, message: Bytes) {
    if let Err(without_room) = socket.write(message).detach() {
        let _gone = without_room.wait();
    }
}
