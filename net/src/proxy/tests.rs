use core::task::Waker;
use std::time::Instant;

use bowline_runtime::{BoxFuture, Lookout, Timer};

use super::*;

/// A proxy that connects and says nothing.
struct Silent;

impl RawStream for Silent {
    fn poll_read(&mut self, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
        Poll::Pending
    }

    fn poll_write(&mut self, _: &mut Context<'_>, _: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Poll::Pending
    }

    fn poll_flush(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }

    fn shutdown(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where every deadline is over at once, or none ever is.
#[derive(Default)]
struct Time {
    is_over: bool,
    lookout: Lookout,
}

impl Executor for Time {
    fn spawn(&self, future: BoxFuture<()>) {
        drop(future);
    }

    fn timer(&self) -> Box<dyn Timer> {
        Box::new(Self { is_over: self.is_over, ..Self::default() })
    }

    fn lookout(&self) -> &Lookout {
        &self.lookout
    }
}

impl Timer for Time {
    fn poll_until(&mut self, _: &mut Context<'_>, _: Instant) -> Poll<()> {
        if self.is_over { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Mutant: a proxy that says nothing is waited for for ever.
#[test]
fn a_header_has_a_deadline() {
    let mut cx = Context::from_waker(Waker::noop());
    let peer = || Peer::new(PeerAddress::Unix(None));
    let (mut late, _) = Proxied::new(Silent, peer(), &Time { is_over: true, ..Time::default() });
    let Poll::Ready(Err(error)) = late.poll_read(&mut cx, &mut [0; 9]) else { panic!("it is waited for") };
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    let (mut early, _) = Proxied::new(Silent, peer(), &Time::default());
    assert!(early.poll_read(&mut cx, &mut [0; 9]).is_pending());
}
