//! Which frames may come in which state of a connection.

use crate::Violation;
use crate::frame::Kind;

/// What may come now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Gate {
    /// A hello.
    Hello,
    /// A welcome.
    Welcome,
    /// Nothing: the server's program decides.
    Silence,
    /// Everything that belongs to an open connection.
    Open {
        /// This side's goodbye is on its way or has left, and has no answer yet.
        awaits_ack: bool,
        /// The peer has said goodbye.
        peer_left: bool,
    },
}

impl Gate {
    /// Whether a frame of this kind may come, with or without an announced message unfinished. A refusal always may.
    pub(crate) fn admit(self, kind: Kind, announced: bool) -> Result<(), Violation> {
        let admitted = match (self, kind) {
            (_, Kind::Refuse) => true,
            (Self::Hello, kind) => kind == Kind::Hello,
            (Self::Welcome, kind) => kind == Kind::Welcome,
            (Self::Silence, _) | (_, Kind::Hello | Kind::Welcome) => false,
            (Self::Open { peer_left, .. }, Kind::Message | Kind::Begin | Kind::Goodbye) => {
                !announced && !peer_left
            }
            (Self::Open { .. }, Kind::Chunk | Kind::Abort) => announced,
            (Self::Open { awaits_ack, .. }, Kind::GoodbyeAck) => awaits_ack,
            (Self::Open { .. }, Kind::Ping | Kind::Pong | Kind::Skippable(_)) => true,
        };
        if admitted { Ok(()) } else { Err(Violation::Unexpected) }
    }
}
