//! From the transport: bytes.

use super::{Connection, Phase, Role};
use crate::control::Control;
use crate::gate::Gate;
use crate::hello::Hello;
use crate::storage::Storage;
use crate::{CloseReason, Instant, TransportErrorKind, Violation};

impl<S: Storage> Connection<S> {
    /// Whether the driver should read from the stream. `false` while the queue is full: the peer then has to wait.
    #[must_use]
    pub fn wants_input(&self) -> bool {
        match self.phase {
            Phase::Greeting => true,
            Phase::Deciding => !self.config.is_plain(),
            Phase::Open if self.config.is_plain() && self.farewell.peer_left => false,
            Phase::Open => !self.inbox.is_stalled(),
            Phase::Over => self.teardown().reads(),
        }
    }

    /// Takes in bytes from the stream and says how many; fewer than were given when the queue is full. The driver
    /// keeps the others and gives them again once [`wants_input`](Self::wants_input) says so.
    ///
    /// Bytes that break the protocol end the connection; see [`close_reason`](Self::close_reason).
    pub fn receive(&mut self, now: Instant, bytes: &[u8]) -> usize {
        self.timers.heard(now);
        // There may be room now and none again behind the next message: that is another stall.
        self.timers.set_stalled(self.inbox.is_stalled());
        let (mut used, announced) = (0, self.inbox.announced_growth());
        loop {
            let Some(count) = self.receive_some(&bytes[used..]) else { return bytes.len() };
            used += count;
            if count == 0 || used == bytes.len() {
                break;
            }
        }
        if announced.is_none() || announced != self.inbox.announced_growth() {
            self.timers.progressed();
        }
        self.timers.set_stalled(self.inbox.is_stalled());
        used
    }

    /// The place for the next bytes of a long message, to be read into directly; empty when there is none. It is at
    /// most 64 KiB and ends with the frame.
    pub fn recv_buf(&mut self) -> &mut [u8] {
        match self.phase {
            Phase::Open => self.inbox.recv_buf(),
            _ => &mut [],
        }
    }

    /// Counts `count` bytes of [`recv_buf`](Self::recv_buf) as received. A count beyond it is the driver's fault and
    /// ends the connection.
    pub fn recv_advance(&mut self, now: Instant, count: usize) {
        self.timers.heard(now);
        self.timers.progressed();
        if self.inbox.recv_advance(count) > 0 {
            self.handle_error(TransportErrorKind::Miscounted.into());
        }
    }

    /// One stretch of bytes up to the next control frame; `None` if the rest is to be thrown away.
    fn receive_some(&mut self, bytes: &[u8]) -> Option<usize> {
        let gate = match self.phase {
            Phase::Greeting if self.role == Role::Server => Gate::Hello,
            Phase::Greeting => Gate::Welcome,
            Phase::Deciding => Gate::Silence,
            Phase::Open => Gate::Open {
                awaits_ack: self.farewell.said && !self.farewell.is_acked(),
                peer_left: self.farewell.peer_left,
            },
            Phase::Over => return self.throw_away(bytes.len()),
        };
        let step = self.inbox.receive(self.timers.now, gate, bytes);
        let handled = step.and_then(|progress| {
            progress.control.map_or(Ok(()), |control| self.handle_control(control)).map(|()| progress.used)
        });
        match handled {
            Ok(used) => Some(used),
            Err(violation) => {
                self.violate(violation);
                None
            }
        }
    }

    fn handle_control(&mut self, control: Control) -> Result<(), Violation> {
        match control {
            Control::Hello(hello) => {
                self.handle_greeting(hello);
                self.phase = Phase::Deciding;
            }
            Control::Welcome(hello) => {
                self.handle_greeting(hello);
                self.open();
            }
            Control::Refuse(refusal, reason) => self.conclude(CloseReason::Refused { refusal, reason }),
            Control::Ping(token) => self.outbox.pending.pong(token),
            Control::Pong => {}
            Control::Goodbye(count) => self.handle_goodbye(count)?,
            Control::GoodbyeAck(count) => self.handle_goodbye_ack(count)?,
        }
        Ok(())
    }

    fn handle_greeting(&mut self, hello: Hello) {
        self.peer_limit = hello.limit;
        self.timers.promise_signs(hello.heartbeat);
        self.timers.enter_phase();
    }

    /// After the end, input is only read so that closing does not destroy what the peer has not read yet.
    fn throw_away(&mut self, count: usize) -> Option<usize> {
        if let Some(end) = &mut self.end {
            end.teardown = end.teardown.after_some_input(count);
        }
        None
    }
}
