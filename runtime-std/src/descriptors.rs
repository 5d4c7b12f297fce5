//! Descriptors that are no sockets, as a transport: pipes and terminals.

use core::task::{Context, Poll};
use std::io;
use std::os::fd::OwnedFd;

use bowline_net::{Attempt, Reactor, Source};
use bowline_runtime::{Intake, Outflow, Transport};
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::reactor::StdReactor;
use crate::source::StdSource;

/// One descriptor to read from, one to write to.
pub(crate) struct DescriptorTransport {
    input: StdSource<OwnedFd>,
    /// `None` once it was shut down.
    output: Option<StdSource<OwnedFd>>,
}

impl DescriptorTransport {
    pub(crate) fn new(reactor: StdReactor, input: OwnedFd, output: OwnedFd) -> io::Result<Self> {
        for descriptor in [&input, &output] {
            // There is no way to say so in each call.
            rustix::fs::fcntl_setfl(descriptor, rustix::fs::fcntl_getfl(descriptor)? | OFlags::NONBLOCK)?;
        }
        Ok(Self { input: reactor.watch(input)?, output: Some(reactor.watch(output)?) })
    }
}

impl Transport for DescriptorTransport {
    fn poll_recv(&mut self, cx: &mut Context<'_>, intake: &mut Intake<'_>) -> Poll<io::Result<usize>> {
        self.input.poll_input(cx, |input| {
            attempted(intake.poll_read(|bytes| retried(|| rustix::io::read(input, &mut *bytes))))
        })
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, outflow: &mut Outflow<'_>) -> Poll<io::Result<usize>> {
        let Some(output) = &mut self.output else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        output.poll_output(cx, |output| {
            attempted(outflow.poll_write(|slices| retried(|| rustix::io::writev(output, slices))))
        })
    }

    /// A pipe ends when its last descriptor is closed.
    fn poll_shutdown(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.output = None;
        Poll::Ready(Ok(()))
    }
}

fn attempted(moved: Poll<io::Result<usize>>) -> Attempt<usize> {
    match moved {
        Poll::Ready(result) => Attempt::Done(result),
        Poll::Pending => Attempt::Blocked,
    }
}

/// Tries until it is not interrupted.
fn retried(attempt: impl FnMut() -> Result<usize, Errno>) -> Poll<io::Result<usize>> {
    match rustix::io::retry_on_intr(attempt) {
        Err(Errno::AGAIN) => Poll::Pending,
        result => Poll::Ready(result.map_err(io::Error::from)),
    }
}
