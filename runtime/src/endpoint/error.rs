//! What can be wrong with an endpoint.

/// Why some text or some parts are not an [`Endpoint`](super::Endpoint).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// There is no `scheme://` at the beginning.
    #[error("an endpoint begins with unix://, abstract://, tcp://, tls+tcp://, pipe:// or local://")]
    NoScheme,
    /// The scheme is none of those that [`Endpoint`](super::Endpoint) lists.
    #[error("unknown scheme; known are unix, abstract, tcp, tls+tcp, pipe and local")]
    UnknownScheme,
    /// The path, name or host is empty.
    #[error("the path, name or host is empty")]
    Empty,
    /// The path or name has a NUL in it, which the system would take for its end.
    #[error("a NUL at byte {position}")]
    Nul {
        /// Where, in bytes from the beginning of the path or name.
        position: usize,
    },
    /// The path, name or host is longer than the system can take.
    #[error("too long: {length}, and the limit is {limit}")]
    TooLong {
        /// The most that is allowed: bytes, or for a pipe UTF-16 units.
        limit: usize,
        /// How long it is, in the same unit.
        length: usize,
    },
    /// The path of a Unix socket does not begin with `/`, so it would depend on the current directory.
    #[error("the path is not absolute")]
    RelativePath,
    /// The path of a Unix socket ends in `/`, `/.` or `/..`, so it names a directory.
    #[error("the path names a directory")]
    NotAFile,
    /// The path is not UTF-8, so it could not be displayed and parsed again.
    #[error("the path is not UTF-8")]
    NotUtf8,
    /// The name has a character that is not allowed there.
    #[error("{character:?} at byte {position} is not allowed")]
    Character {
        /// The first character that is not allowed.
        character: char,
        /// Where, in bytes from the beginning of the name.
        position: usize,
    },
    /// The host is neither a name nor an IP address, or an IPv6 address is not in brackets.
    #[error("not a host name or an IP address (IPv6 is written in brackets)")]
    Host,
    /// The port is missing, or is not a plain decimal number up to 65,535.
    #[error("the port is not a number from 0 to 65535")]
    Port,
}
