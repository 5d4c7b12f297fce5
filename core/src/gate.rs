//! Which frames may come in which state of a connection.

use crate::Violation;
use crate::frame::Kind;

/// Which frames may come now, as their receiver sees it.
///
/// ```
/// use bowline_core::frame::Kind;
/// use bowline_core::{Gate, Violation};
///
/// let open = Gate::Open { awaits_ack: false, peer_left: false };
/// assert_eq!(open.admit(Kind::Message, false), Ok(()));
/// assert_eq!(open.admit(Kind::Message, true), Err(Violation::Unexpected)); // between two chunks
/// assert_eq!(Gate::Hello.admit(Kind::Message, false), Err(Violation::Unexpected));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Gate {
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
    ///
    /// # Errors
    /// [`Violation::Unexpected`] if it may not.
    pub fn admit(self, kind: Kind, announced: bool) -> Result<(), Violation> {
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
