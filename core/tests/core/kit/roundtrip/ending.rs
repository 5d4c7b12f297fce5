//! Ends that come in the middle of it: what each write is told agrees with what arrived.

use core::time::Duration;

use bowline_core::{
    CloseReason, Closed, Outcome, ReadError, Refusal, Status, Text, TransportErrorKind, Violation,
    WriteRejection,
};

use super::super::Memory;
use super::super::spec::Stop;
use super::super::wire::{REFUSE, frame, output};
use super::NOW;
use super::outgoing::{Fate, Outgoing};

const CODE: u16 = 0x1234;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ending {
    PeerRefuses,
    Refusal,
    Violation,
    Abort,
    Error,
    /// Nothing leaves any more, then the stream ends.
    WriteError,
    Eof,
    /// A close that the peer does not answer.
    Patience,
}

impl Ending {
    /// Half of the scripts end in order.
    pub(super) fn choose(byte: usize) -> Option<Self> {
        let all = [
            Self::PeerRefuses,
            Self::Refusal,
            Self::Violation,
            Self::Abort,
            Self::Error,
            Self::WriteError,
            Self::Eof,
            Self::Patience,
        ];
        all.get(byte % 16).copied()
    }

    const fn reason(self) -> CloseReason {
        match self {
            Self::PeerRefuses => {
                CloseReason::Refused { refusal: Refusal::Application(CODE), reason: Text::EMPTY }
            }
            Self::Refusal => CloseReason::Declined(Refusal::Application(CODE)),
            Self::Violation => CloseReason::Violated(Violation::UnknownKind),
            Self::Abort => CloseReason::Aborted,
            Self::Error | Self::WriteError | Self::Eof => CloseReason::PeerLost { mid_frame: false },
            Self::Patience => CloseReason::Closed,
        }
    }

    fn happen<M: Memory>(self, play: &mut Outgoing<M>) {
        let end = &mut play.end;
        match self {
            Self::PeerRefuses => _ = end.receive(NOW(), &frame(REFUSE, &CODE.to_le_bytes())),
            Self::Refusal => end.refuse(NOW(), Refusal::Application(CODE), Text::new("enough")),
            Self::Violation => _ = end.receive(NOW(), &frame(0x0B, &[])),
            Self::Abort => end.abort(),
            Self::Error => end.handle_error(TransportErrorKind::Reset.into()),
            Self::WriteError => {
                end.handle_write_error(TransportErrorKind::BrokenPipe.into());
                assert!(!end.has_output() && !end.has_lent() && end.close_reason().is_none());
                end.handle_eof();
            }
            Self::Eof => end.handle_eof(),
            Self::Patience => {
                end.close(NOW(), Duration::from_secs(3));
                end.handle_timeout(NOW() + Duration::from_secs(2));
                assert_eq!(end.close_reason(), None);
                end.handle_timeout(NOW() + Duration::from_secs(3));
            }
        }
    }
}

impl<M: Memory> Outgoing<M> {
    pub(super) fn break_off(mut self, ending: Ending) {
        let read = self.end.read().expect("the first read");
        ending.happen(&mut self);
        let reason = ending.reason();
        assert_eq!(self.end.close_reason(), Some(reason));
        // What was lent is counted first.
        self.confirm(usize::MAX);
        self.wire.extend(output(&mut self.end));
        let reader = self.reader.clone().read(&self.wire);
        match (ending, &reader.stop) {
            (Ending::Refusal, Some(Stop::Refused(CODE, text))) if text == "enough" => {}
            (Ending::Violation, Some(Stop::Refused(0x0103, text))) if text.is_empty() => {}
            // Memory of a fixed size may have no place for what is left of a message that has begun.
            (Ending::Refusal | Ending::Violation, None) => {
                assert!(reader.is_mid_message() && M::MESSAGE_LIMIT < 1 << 16);
            }
            (_, stop) => assert_eq!(*stop, None, "{ending:?}"),
        }
        let told = self.tell(reason);
        check_against(&told, &reader.messages);
        self.check_nothing_goes_on(read, reason);
        self.let_go();
    }

    /// What each message's owner hears: it was sent, it was not, or (`None`) nobody knows.
    fn tell(&mut self, reason: CloseReason) -> Vec<(Vec<u8>, Option<bool>)> {
        let mut told = Vec::new();
        for (payload, fate) in core::mem::take(&mut self.messages) {
            let sent = match fate {
                Fate::Withdrawn => Some(false),
                Fate::Sent => None,
                Fate::Queued(id) => {
                    let status = self.end.write_status(id).expect("it has an end");
                    let (expected, sent) = match self.end.take_write(id).expect("it has an end") {
                        Outcome::Sent { .. } => (Status::Success, Some(true)),
                        Outcome::NotSent { payload: back, reason: why } => {
                            assert!(back.as_ref() == payload && why == reason);
                            (Status::Failure, Some(false))
                        }
                        Outcome::Unknown { reason: why } => {
                            assert_eq!(why, reason);
                            (Status::Unknown, None)
                        }
                        other => panic!("{other:?} is new"),
                    };
                    assert_eq!(status, expected);
                    sent
                }
            };
            told.push((payload, sent));
        }
        told
    }

    fn check_nothing_goes_on(&mut self, read: bowline_core::TaskId, reason: CloseReason) {
        assert_eq!(self.end.read_status(read), Some(Status::Failure));
        assert_eq!(self.end.take(read), Err(ReadError::Closed(reason)));
        assert_eq!(self.end.take(read), Err(ReadError::NoSuchTask));
        let rejected = self.end.write(M::payload(b"x")).expect_err("it is over");
        assert_eq!(rejected.why, WriteRejection::Closed(reason));
        assert!(self.end.has_opened() && !self.end.cancel_close());
    }

    /// The transport is let go of, sooner or later.
    fn let_go(&mut self) {
        if self.end.wants_shutdown() {
            self.end.handle_shutdown();
            assert_eq!(self.end.receive(NOW(), &[0xFF; 100]), 100, "thrown away");
            self.end.handle_eof();
        }
        assert!(self.end.is_finished() && self.end.poll_timeout().is_none());
        assert!(matches!(self.end.closed(), Some(Closed::Clean | Closed::Unconfirmed { .. })));
    }
}

/// What arrived is, in order, all that was sent, nothing that was not, and perhaps what nobody knows of.
fn check_against(told: &[(Vec<u8>, Option<bool>)], arrived: &[Vec<u8>]) {
    let mut arrived = arrived.iter().peekable();
    for (payload, sent) in told {
        let came = *sent != Some(false) && arrived.next_if(|came| *came == payload).is_some();
        assert!(came || *sent != Some(true), "a message that was sent has not arrived");
    }
    assert_eq!(arrived.next(), None, "a message that nobody sent");
}
