//! One system call of this process fails, by whatever traces it: what comes of it is told, and nothing else suffers.

use core::time::Duration;
use std::io;

use bowline_runtime::{CloseReason, Closed, Config, ConnectError, Endpoint, ReadError, WriteError};
use clap::{Args, ValueEnum};
use rustix::io::Errno;

use crate::host::Host;
use crate::process::{self, print};

#[derive(Args)]
pub(crate) struct Trial {
    endpoint: Endpoint,
    /// What the system call fails with.
    error: Failure,
}

/// The errors that system calls fail with here.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "UPPER")]
enum Failure {
    Eintr,
    Eagain,
    Econnreset,
    Epipe,
    Etimedout,
    Ehostunreach,
    Econnrefused,
    Enotconn,
    Enobufs,
    Enomem,
    Emfile,
    Enfile,
    Enospc,
    Eacces,
    Einval,
    Eio,
}

impl Trial {
    /// The system call may fail on each of the threads once, so that it can take a few rounds until all is well.
    pub(crate) fn run(self, host: &Host) {
        let before = process::sockets();
        let (mut hurt, mut wrong) = (0, 0);
        while let Err(failure) = converse(host, &self.endpoint) {
            hurt += 1;
            let is_right = failure.is_of(self.error.errno());
            print(if is_right { "told" } else { "told-wrongly" }, format!("{failure:?}").replace(' ', ""));
            wrong += usize::from(!is_right);
            assert!(hurt < ROUNDS, "it does not recover");
        }
        print("hurt", hurt);
        print("wrong", wrong);
        process::expect_closed(before, process::sockets);
    }
}

/// More threads than there are, and what each of them does.
const ROUNDS: usize = 30;

/// How a conversation can fail.
#[derive(Debug)]
enum Harm {
    Connect(ConnectError),
    Broken(CloseReason),
    Unconfirmed,
    Hangs(#[expect(dead_code, reason = "for people")] &'static str),
}

/// What always goes well.
fn converse(host: &Host, endpoint: &Endpoint) -> Result<(), Harm> {
    let mut connect = host.connect(endpoint, Config::new().heartbeat(None));
    let socket = connect.wait_for(SOON).ok_or(Harm::Hangs("connect"))?.map_err(Harm::Connect)?;
    for number in 0..3 {
        let message = vec![number; 1000];
        let mut write = socket.write(message.clone());
        write.wait_for(SOON).ok_or(Harm::Hangs("write"))?.map_err(Harm::of_write)?;
        let answer = socket.read().wait_for(SOON).ok_or(Harm::Hangs("read"))?.map_err(Harm::of_read)?;
        assert!(answer == message, "not the message that was sent");
    }
    match socket.close(SOON).wait() {
        Ok(Closed::Clean) => Ok(()),
        Ok(_) => Err(socket
            .close_reason()
            .filter(|reason| *reason != CloseReason::Closed)
            .map_or(Harm::Unconfirmed, Harm::Broken)),
        Err(misuse) => panic!("{misuse}"),
    }
}

/// Far later than anything here takes.
const SOON: Duration = Duration::from_secs(5);

impl Harm {
    fn of_write(error: WriteError) -> Self {
        match error {
            WriteError::NotSent { reason, .. } | WriteError::Unknown { reason } => Self::Broken(reason),
            other => panic!("{other}"),
        }
    }

    fn of_read(error: ReadError) -> Self {
        match error {
            ReadError::Closed(reason) => Self::Broken(reason),
            other => panic!("{other}"),
        }
    }

    /// Whether it says what has happened: the number of the error, or that the peer is lost, where that is what the error
    /// means.
    fn is_of(&self, errno: Errno) -> bool {
        let means_loss = matches!(errno, Errno::CONNRESET | Errno::PIPE | Errno::NOTCONN);
        match self {
            Self::Connect(ConnectError::Unreachable(error)) => root_errno(error) == Some(errno),
            Self::Connect(ConnectError::Closed(reason)) | Self::Broken(reason) => match reason {
                CloseReason::PeerLost { .. } => means_loss,
                CloseReason::Transport(error) => error.os == Some(errno.raw_os_error()),
                _ => false,
            },
            Self::Connect(_) | Self::Hangs(_) => false,
            // It was the goodbye, and nobody claims that it arrived.
            Self::Unconfirmed => true,
        }
    }
}

/// The system's number, however deep it is wrapped.
fn root_errno(error: &io::Error) -> Option<Errno> {
    let inner = |error: &io::Error| error.get_ref().and_then(|inner| inner.source()).map(ToString::to_string);
    let own = error.raw_os_error().map(Errno::from_raw_os_error);
    own.or_else(|| {
        let text = inner(error).unwrap_or_else(|| error.to_string());
        let number = text.rsplit_once("os error ")?.1.trim_end_matches(')');
        number.parse().ok().map(Errno::from_raw_os_error)
    })
}

impl Failure {
    const fn errno(self) -> Errno {
        match self {
            Self::Eintr => Errno::INTR,
            Self::Eagain => Errno::AGAIN,
            Self::Econnreset => Errno::CONNRESET,
            Self::Epipe => Errno::PIPE,
            Self::Etimedout => Errno::TIMEDOUT,
            Self::Ehostunreach => Errno::HOSTUNREACH,
            Self::Econnrefused => Errno::CONNREFUSED,
            Self::Enotconn => Errno::NOTCONN,
            Self::Enobufs => Errno::NOBUFS,
            Self::Enomem => Errno::NOMEM,
            Self::Emfile => Errno::MFILE,
            Self::Enfile => Errno::NFILE,
            Self::Enospc => Errno::NOSPC,
            Self::Eacces => Errno::ACCESS,
            Self::Einval => Errno::INVAL,
            Self::Eio => Errno::IO,
        }
    }
}
