//! Why a socket that was handed over can't be used.

use std::io;

use bowline_runtime::Endpoint;

/// Why a server could not take a socket over from systemd. The socket stays open and is left alone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InheritError {
    /// The starter's fault, or nobody's: this process was handed no sockets.
    #[error("this process was handed no sockets: LISTEN_PID and LISTEN_FDS are not set")]
    NotActivated,
    /// Nobody's fault, as a rule: the sockets were handed to another process, such as our parent, whose variables we have.
    #[error("the sockets were handed to process {process}, not to this one")]
    OtherProcess {
        /// What `LISTEN_PID` says.
        process: u32,
    },
    /// The starter's fault: a variable does not say what it should.
    #[error("{variable} is {value:?}, and should be {expected}")]
    Variable {
        /// Which one.
        variable: &'static str,
        /// What it says.
        value: String,
        /// What it should say.
        expected: &'static str,
    },
    /// The starter's fault: it doesn't give each socket a name.
    #[error("LISTEN_FDNAMES has {names} names for {sockets} sockets")]
    Names {
        /// How many names there are.
        names: usize,
        /// How many sockets `LISTEN_FDS` promises.
        sockets: usize,
    },
    /// This program and the unit disagree: no socket has this name.
    #[error("no socket is called {name:?}, but: {}", known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The unit's fault: several sockets have this name. Those of one unit always do; `FileDescriptorName=` names a unit's.
    #[error(
        "{count} sockets are called {name:?}: give each a unit of its own, with its own FileDescriptorName"
    )]
    Ambiguous {
        /// The name.
        name: String,
        /// How many have it.
        count: usize,
    },
    /// This program's fault: it has taken that socket before. A socket is handed over once.
    #[error("the socket {name:?} was taken before")]
    Taken {
        /// Its name.
        name: String,
    },
    /// The starter's fault: the descriptor is not open, or not a socket.
    #[error("descriptor {descriptor}, called {name:?}, is no socket: {source}")]
    Descriptor {
        /// Its name.
        name: String,
        /// Its number.
        descriptor: i32,
        /// What the system said.
        source: io::Error,
    },
    /// The unit's fault: the socket is not a stream, as with `ListenDatagram=`, or one of a protocol that is not TCP.
    #[error("the socket {name:?} is not a stream of a kind that we know")]
    NotAStream {
        /// Its name.
        name: String,
    },
    /// The unit's fault: the socket does not listen, as with `Accept=yes`, where it is a client.
    #[error("the socket {name:?} does not listen (is it a unit with Accept=yes?)")]
    NotListening {
        /// Its name.
        name: String,
    },
    /// The unit's fault: the socket has an address of a family that has no endpoints.
    #[error("the address of the socket {name:?} is no endpoint")]
    NoEndpoint {
        /// Its name.
        name: String,
    },
    /// This program and the unit disagree: the socket listens elsewhere.
    #[error("the socket {name:?} listens at {found}, and should at {wanted}")]
    Elsewhere {
        /// Its name.
        name: String,
        /// Where it listens.
        found: Endpoint,
        /// Where it should.
        wanted: Endpoint,
    },
}
