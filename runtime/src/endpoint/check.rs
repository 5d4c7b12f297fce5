//! What a path or a name must be, checked before the system ever sees it.

use core::net::Ipv6Addr;

use super::EndpointError;

/// The longest path of a Unix socket, in bytes: what `sockaddr_un` holds besides the final NUL.
pub(super) const UNIX_LIMIT: usize =
    if cfg!(any(target_os = "linux", target_os = "android", windows)) { 107 } else { 103 };
/// The longest abstract name, in bytes: `sockaddr_un` holds it after a leading NUL.
pub(super) const ABSTRACT_LIMIT: usize = 107;
/// The longest pipe name, in UTF-16 units: Windows allows 256 with the `\\.\pipe\` before it.
pub(super) const PIPE_LIMIT: usize = 256 - r"\\.\pipe\".len();
pub(super) const LOCAL_LIMIT: usize = 64;
/// The longest name that DNS can hold, in bytes.
pub(super) const HOST_LIMIT: usize = 253;

/// `length` is that of `text` in the unit of `limit`.
pub(super) fn text(text: &str, length: usize, limit: usize) -> Result<(), EndpointError> {
    if text.is_empty() {
        return Err(EndpointError::Empty);
    }
    if let Some(position) = text.find('\0') {
        return Err(EndpointError::Nul { position });
    }
    if length > limit { Err(EndpointError::TooLong { limit, length }) } else { Ok(()) }
}

/// Looks at the text rather than at `Path`'s components, which quietly drop a `/` or `/.` at the end.
pub(super) fn path(path: &str) -> Result<(), EndpointError> {
    if !path.starts_with('/') {
        return Err(EndpointError::RelativePath);
    }
    match path.rsplit('/').next() {
        Some("" | "." | "..") => Err(EndpointError::NotAFile),
        _ => Ok(()),
    }
}

pub(super) fn host(host: &str) -> Result<(), EndpointError> {
    let valid =
        if host.contains(':') { host.parse::<Ipv6Addr>().is_ok() } else { host.chars().all(is_plain) };
    if valid { Ok(()) } else { Err(EndpointError::Host) }
}

pub(super) fn characters(name: &str, allowed: impl Fn(char) -> bool) -> Result<(), EndpointError> {
    match name.char_indices().find(|&(_, character)| !allowed(character)) {
        Some((position, character)) => Err(EndpointError::Character { character, position }),
        None => Ok(()),
    }
}

pub(super) fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')
}
