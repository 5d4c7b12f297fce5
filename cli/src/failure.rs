//! What ends a command early, and with which exit code.

use std::io;

use bowline_tokio::{
    AcceptError, BindError, CloseError, CloseReason, ConnectError, ReadError, WriteAllError, WriteError,
};

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The peer, the way to it, or what it left unconfirmed.
    #[error("{0}")]
    Peer(String),
    /// What was asked for makes no sense here.
    #[error("{0}")]
    Usage(String),
    /// The data that came, or that was to be looked at, is wrong.
    #[error("{0}")]
    Data(String),
    /// A file or something else of this machine's.
    #[error("{0}")]
    Local(String),
    /// Ctrl-C came before the work was done.
    #[error("interrupted")]
    Interrupted,
    /// Nobody reads the output any more, as in `bowline decode FILE | head`.
    #[error("nobody reads the output")]
    OutputClosed,
}

/// The exit codes as a literal, for texts that end with them.
macro_rules! exit_codes {
    () => {
        "\
Exit codes:
  0    done; after a first Ctrl-C also: closed in order, everything confirmed
  1    the peer or the way to it failed, refused, or left messages unconfirmed
  2    wrong usage: options, an endpoint, an address that needs --allow-remote
  3    wrong data: a hash, an echo or a captured stream is not as it should be
  4    something on this machine failed: a file, a folder, a command
  130  interrupted before the work was done, or by a second Ctrl-C"
    };
}
pub(crate) use exit_codes;

/// The exit codes, as `bowline --help` and the man page list them.
pub(crate) const EXIT_CODES: &str = exit_codes!();

impl Failure {
    /// The process's exit code.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::OutputClosed => 0,
            Self::Peer(_) => 1,
            Self::Usage(_) => 2,
            Self::Data(_) => 3,
            Self::Local(_) => 4,
            Self::Interrupted => 130,
        }
    }

    /// Makes a failure of this machine's out of a system error.
    pub(crate) fn local(what: impl core::fmt::Display) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Local(format!("{what}: {error}"))
    }

    /// Makes a failure out of an error in writing to standard output.
    pub(crate) fn output(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::OutputClosed,
            _ => Self::local("can't write the output")(error),
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        match &error {
            ConnectError::Endpoint(_) => Self::Usage(error.to_string()),
            ConnectError::Unreachable(source) if is_misuse(source) => Self::Usage(hinted(&error)),
            _ => Self::Peer(error.to_string()),
        }
    }
}

impl From<BindError> for Failure {
    fn from(error: BindError) -> Self {
        match error {
            BindError::Endpoint(_)
            | BindError::Unsupported { .. }
            | BindError::Mode { .. }
            | BindError::Security(_)
            | BindError::Address(_) => Self::Usage(hinted(&error)),
            _ => Self::Peer(error.to_string()),
        }
    }
}

fn is_misuse(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported)
}

/// The library speaks of its function, the tool of its option.
fn hinted(error: &dyn core::error::Error) -> String {
    error.to_string().replace("`allow_remote`", "--allow-remote")
}

impl From<CloseReason> for Failure {
    fn from(reason: CloseReason) -> Self {
        Self::Peer(reason.to_string())
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Peer(error.to_string())
    }
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        Self::Peer(error.to_string())
    }
}

impl From<WriteAllError> for Failure {
    fn from(error: WriteAllError) -> Self {
        Self::Peer(error.failure.to_string())
    }
}

impl From<CloseError> for Failure {
    fn from(error: CloseError) -> Self {
        Self::Peer(error.to_string())
    }
}

impl From<AcceptError> for Failure {
    fn from(error: AcceptError) -> Self {
        Self::Peer(error.to_string())
    }
}
