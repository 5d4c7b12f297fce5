//! Where a server listens and where a client connects: one portable, checked, printable type.

use core::fmt;
use core::net::SocketAddr;
use core::str::FromStr;
use std::path::Path;

mod check;
mod error;
#[cfg(test)]
mod tests;

pub use error::EndpointError;

/// The address of a server, valid by construction.
///
/// | written as | is |
/// |---|---|
/// | `unix:///run/app.sock` | a Unix socket at an absolute path |
/// | `abstract://name` | a name in Linux's abstract namespace, which has no permissions |
/// | `tcp://host:port` | TCP; an IPv6 address stands in brackets, `tcp://[::1]:80` |
/// | `tls+tcp://host:port` | TLS over TCP; the server's certificate is checked against this host |
/// | `pipe://name` | a Windows named pipe, `\\.\pipe\name` |
/// | `local://name` | whichever of these is right for the platform, private to the user |
///
/// Every endpoint can be named on every platform; only binding or connecting says whether the platform has it. All
/// lengths are checked here, before any system call, and nothing is ever cut short. What is displayed is exactly what
/// was parsed, so two spellings of one IPv6 address are two different endpoints.
///
/// ```
/// use bowline_runtime::{Endpoint, EndpointKind};
///
/// let endpoint: Endpoint = "tcp://[::1]:4000".parse()?;
/// assert_eq!(endpoint, Endpoint::tcp("::1", 4000)?);
/// assert_eq!(endpoint.to_string(), "tcp://[::1]:4000");
/// assert!(matches!(endpoint.kind(), EndpointKind::Tcp { host: "::1", port: 4000 }));
/// # Ok::<(), bowline_runtime::EndpointError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint(Form);

/// What an [`Endpoint`] says, borrowed from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndpointKind<'a> {
    /// A Unix socket at this absolute path.
    Unix(&'a Path),
    /// A name in Linux's abstract namespace, without the leading NUL.
    Abstract(&'a str),
    /// A TCP port.
    Tcp {
        /// A host name or an IP address; IPv6 without brackets.
        host: &'a str,
        /// The port. For a server, 0 lets the system choose.
        port: u16,
    },
    /// TLS on a TCP port.
    Tls {
        /// Whose certificate the server has to show: a host name or an IP address; IPv6 without brackets.
        host: &'a str,
        /// The port. For a server, 0 lets the system choose.
        port: u16,
    },
    /// A Windows named pipe, without `\\.\pipe\`.
    Pipe(&'a str),
    /// A name that each platform resolves in its own way, private to the user.
    Local(&'a str),
}

impl Endpoint {
    /// A Unix socket at an absolute path, at most 107 bytes long on Linux, Android and Windows and 103 elsewhere.
    ///
    /// # Errors
    /// [`Empty`](EndpointError::Empty), [`Nul`](EndpointError::Nul), [`TooLong`](EndpointError::TooLong),
    /// [`NotUtf8`](EndpointError::NotUtf8), [`RelativePath`](EndpointError::RelativePath) or
    /// [`NotAFile`](EndpointError::NotAFile).
    pub fn unix(path: impl AsRef<Path>) -> Result<Self, EndpointError> {
        let path = path.as_ref().to_str().ok_or(EndpointError::NotUtf8)?;
        check::text(path, path.len(), check::UNIX_LIMIT)?;
        check::path(path)?;
        Ok(Self(Form::Unix(path.into())))
    }

    /// A name of 1 to 107 bytes in Linux's abstract namespace.
    ///
    /// Such a name has no owner and no permissions: any local user may take it first. Both sides therefore always
    /// check who the other is, whatever their options say.
    ///
    /// # Errors
    /// [`Empty`](EndpointError::Empty), [`Nul`](EndpointError::Nul) or [`TooLong`](EndpointError::TooLong).
    pub fn abstract_name(name: impl Into<String>) -> Result<Self, EndpointError> {
        let name = name.into();
        check::text(&name, name.len(), check::ABSTRACT_LIMIT)?;
        Ok(Self(Form::Abstract(name)))
    }

    /// A TCP port on a host, which is a name or an IP address (IPv6 without brackets and without a zone).
    ///
    /// # Errors
    /// [`Empty`](EndpointError::Empty), [`Nul`](EndpointError::Nul), [`TooLong`](EndpointError::TooLong) or
    /// [`Host`](EndpointError::Host).
    pub fn tcp(host: impl Into<String>, port: u16) -> Result<Self, EndpointError> {
        let host = checked_host(host.into())?;
        Ok(Self(Form::Tcp { host, port }))
    }

    /// TLS on a TCP port of a host, which is a name or an IP address as for [`tcp`](Self::tcp). Clients check that the
    /// server's certificate is for this very name or address.
    ///
    /// # Errors
    /// As of [`tcp`](Self::tcp).
    pub fn tls(host: impl Into<String>, port: u16) -> Result<Self, EndpointError> {
        let host = checked_host(host.into())?;
        Ok(Self(Form::Tls { host, port }))
    }

    /// A Windows named pipe; the name is 1 to 247 UTF-16 units long, without `\\.\pipe\` and without separators.
    ///
    /// # Errors
    /// [`Empty`](EndpointError::Empty), [`Nul`](EndpointError::Nul), [`TooLong`](EndpointError::TooLong) or
    /// [`Character`](EndpointError::Character).
    pub fn pipe(name: impl Into<String>) -> Result<Self, EndpointError> {
        let name = name.into();
        check::text(&name, name.encode_utf16().count(), check::PIPE_LIMIT)?;
        check::characters(&name, |c| !matches!(c, '/' | '\\'))?;
        Ok(Self(Form::Pipe(name)))
    }

    /// A name of 1 to 64 characters out of `A-Z a-z 0-9 . _ -`, private to the user on every platform.
    ///
    /// # Errors
    /// [`Empty`](EndpointError::Empty), [`Nul`](EndpointError::Nul), [`TooLong`](EndpointError::TooLong) or
    /// [`Character`](EndpointError::Character).
    pub fn local(name: impl Into<String>) -> Result<Self, EndpointError> {
        let name = name.into();
        check::text(&name, name.len(), check::LOCAL_LIMIT)?;
        check::characters(&name, check::is_plain)?;
        Ok(Self(Form::Local(name)))
    }

    /// What this endpoint says.
    #[must_use]
    pub fn kind(&self) -> EndpointKind<'_> {
        match &self.0 {
            Form::Unix(path) => EndpointKind::Unix(Path::new(path)),
            Form::Abstract(name) => EndpointKind::Abstract(name),
            Form::Tcp { host, port } => EndpointKind::Tcp { host, port: *port },
            Form::Tls { host, port } => EndpointKind::Tls { host, port: *port },
            Form::Pipe(name) => EndpointKind::Pipe(name),
            Form::Local(name) => EndpointKind::Local(name),
        }
    }

    /// What stands before `://`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        match self.0 {
            Form::Unix(_) => "unix",
            Form::Abstract(_) => "abstract",
            Form::Tcp { .. } => "tcp",
            Form::Tls { .. } => "tls+tcp",
            Form::Pipe(_) => "pipe",
            Form::Local(_) => "local",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.scheme();
        match &self.0 {
            Form::Tcp { host, port } | Form::Tls { host, port } if host.contains(':') => {
                write!(f, "{scheme}://[{host}]:{port}")
            }
            Form::Tcp { host, port } | Form::Tls { host, port } => write!(f, "{scheme}://{host}:{port}"),
            Form::Unix(text) | Form::Abstract(text) | Form::Pipe(text) | Form::Local(text) => {
                write!(f, "{scheme}://{text}")
            }
        }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let (scheme, rest) = text.split_once("://").ok_or(EndpointError::NoScheme)?;
        match scheme {
            "unix" => Self::unix(rest),
            "abstract" => Self::abstract_name(rest),
            "tcp" => parse_host_and_port(rest).and_then(|(host, port)| Self::tcp(host, port)),
            "tls+tcp" => parse_host_and_port(rest).and_then(|(host, port)| Self::tls(host, port)),
            "pipe" => Self::pipe(rest),
            "local" => Self::local(rest),
            _ => Err(EndpointError::UnknownScheme),
        }
    }
}

impl TryFrom<&str> for Endpoint {
    type Error = EndpointError;

    fn try_from(text: &str) -> Result<Self, EndpointError> {
        text.parse()
    }
}

/// The endpoint at this address and port. The zone of a link-local IPv6 address has no place in it and is left out.
impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self(Form::Tcp { host: address.ip().to_string(), port: address.port() })
    }
}

/// The checked text itself. Private, so that only the constructors above can make one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Form {
    Unix(String),
    Abstract(String),
    Tcp { host: String, port: u16 },
    Tls { host: String, port: u16 },
    Pipe(String),
    Local(String),
}

fn checked_host(host: String) -> Result<String, EndpointError> {
    check::text(&host, host.len(), check::HOST_LIMIT)?;
    check::host(&host)?;
    Ok(host)
}

fn parse_host_and_port(text: &str) -> Result<(&str, u16), EndpointError> {
    let (host, port) = text.rsplit_once(':').ok_or(EndpointError::Port)?;
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    // Brackets and colons go together; anything else could be read in two ways.
    if bracketed.is_some() != host.contains(':') {
        return Err(EndpointError::Host);
    }
    Ok((bracketed.unwrap_or(host), parse_port(port)?))
}

/// Stricter than `str::parse`, which also takes `+80` and `0080` and so would not display what it parsed.
fn parse_port(text: &str) -> Result<u16, EndpointError> {
    let port: u16 = text.parse().map_err(|_| EndpointError::Port)?;
    if port.to_string() == text { Ok(port) } else { Err(EndpointError::Port) }
}
