//! The header itself, byte by byte.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// What stands at the beginning, and how the rest is to be read: the fixed part.
const FIXED: usize = 16;
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The longest header that is read. Addresses take 216 bytes at most; the rest is what the proxy has to say besides.
const LONGEST: usize = 4 << 10;

/// Why a client's beginning is not a proxy's header. The proxy is at fault, or is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// It begins with something else. HAProxy sends the header with `send-proxy-v2`.
    #[error("the proxy has sent no header of the PROXY protocol, version 2")]
    Missing,
    /// A version or command that does not exist.
    #[error("the proxy's header has the unknown version and command {0:#04x}")]
    Command(u8),
    /// The header is longer than is sensible.
    #[error("the proxy's header is too long: {0} bytes")]
    TooLong(usize),
    /// The header is too short for its addresses.
    #[error("the proxy's header is too short for its addresses")]
    TooShort,
    /// The client is said to have come by something that is no byte stream.
    #[error("the proxy's header has the family and transport {0:#04x}, which is no stream")]
    Family(u8),
}

/// A header on its way in.
#[derive(Default)]
pub(super) struct Header {
    bytes: Vec<u8>,
    filled: usize,
}

impl Header {
    /// Where the next bytes go; empty once the header is there.
    pub(super) fn room(&mut self) -> &mut [u8] {
        if self.bytes.is_empty() {
            self.bytes.resize(FIXED, 0);
        }
        &mut self.bytes[self.filled..]
    }

    /// So many bytes were put there.
    pub(super) fn advance(&mut self, count: usize) -> Result<(), ProxyError> {
        self.filled += count;
        let signature = &self.bytes[..self.filled.min(SIGNATURE.len())];
        if !SIGNATURE.starts_with(signature) {
            return Err(ProxyError::Missing);
        }
        if self.filled == FIXED {
            self.bytes.resize(FIXED + self.rest()?, 0);
        }
        Ok(())
    }

    /// Where the client is, of a header that is there; `None` if the proxy itself is the client, or does not know.
    pub(super) fn source(&self) -> Option<SocketAddr> {
        let [family, rest @ ..] = self.bytes.get(13..)? else { return None };
        let addresses = rest.get(2..)?;
        match (self.is_local(), family) {
            (false, 0x11) => {
                let [a, b, c, d] = *addresses.first_chunk()?;
                Some((Ipv4Addr::new(a, b, c, d), port_at(addresses, 8)?).into())
            }
            (false, 0x21) => {
                let address = Ipv6Addr::from(*addresses.first_chunk::<16>()?);
                Some((address.to_canonical(), port_at(addresses, 32)?).into())
            }
            _ => None,
        }
    }

    /// How long the rest is. What the fixed part says is checked here.
    fn rest(&self) -> Result<usize, ProxyError> {
        let command = self.bytes[12];
        if !matches!(command, 0x20 | 0x21) {
            return Err(ProxyError::Command(command));
        }
        let length = usize::from(u16::from_be_bytes([self.bytes[14], self.bytes[15]]));
        if length > LONGEST {
            return Err(ProxyError::TooLong(length));
        }
        let least = match self.bytes[13] {
            _ if self.is_local() => 0,
            0x00 => 0,
            0x11 => 12,
            0x21 => 36,
            0x31 => 216,
            other => return Err(ProxyError::Family(other)),
        };
        if length < least { Err(ProxyError::TooShort) } else { Ok(length) }
    }

    /// The proxy comes on its own account, as to see whether we are there.
    fn is_local(&self) -> bool {
        self.bytes[12] == 0x20
    }
}

fn port_at(addresses: &[u8], offset: usize) -> Option<u16> {
    addresses.get(offset..)?.first_chunk().copied().map(u16::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [&SIGNATURE[..], &[command, family], &length, rest].concat()
    }

    fn v4(more: &[u8]) -> Vec<u8> {
        header(0x21, 0x11, &[&[192, 0, 2, 1, 127, 0, 0, 1, 0x12, 0x34, 0, 80], more].concat())
    }

    /// Reads in pieces; what is left over behind the header, and what it says.
    fn read(mut bytes: &[u8], piece: usize) -> Result<(Option<SocketAddr>, usize), ProxyError> {
        let mut header = Header::default();
        while !header.room().is_empty() {
            let room = header.room();
            let count = room.len().min(piece).min(bytes.len());
            assert!(count > 0, "it wants more than there is");
            room[..count].copy_from_slice(&bytes[..count]);
            bytes = &bytes[count..];
            header.advance(count)?;
        }
        Ok((header.source(), bytes.len()))
    }

    /// Mutant: bytes behind the header are read with it.
    #[test]
    fn says_who_the_client_is_however_it_is_cut() {
        for piece in 1..40 {
            let bytes = [&v4(b"\x01\0\x02h2")[..], b"hello"].concat();
            assert_eq!(read(&bytes, piece), Ok((Some("192.0.2.1:4660".parse().unwrap()), 5)));
        }
        let mut addresses = [0; 36];
        addresses[..16].copy_from_slice(&"2001:db8::7".parse::<Ipv6Addr>().unwrap().octets());
        addresses[33] = 9;
        assert_eq!(read(&header(0x21, 0x21, &addresses), 99).unwrap().0, "[2001:db8::7]:9".parse().ok());
    }

    #[test]
    fn a_proxy_on_its_own_account_is_itself() {
        assert_eq!(read(&header(0x20, 0, &[]), 99), Ok((None, 0)));
        assert_eq!(read(&header(0x20, 0x11, &[7; 12]), 99), Ok((None, 0)));
        assert_eq!(read(&header(0x21, 0, b"whatever"), 99), Ok((None, 0)));
        assert_eq!(read(&header(0x21, 0x31, &[b'x'; 216]), 99), Ok((None, 0)));
    }

    /// Mutant: one of the checks is left out.
    #[test]
    fn whatever_is_wrong_is_named() {
        assert_eq!(read(b"PROXY TCP4 192.0.2.1 127.0.0.1 4660 80\r\n", 99), Err(ProxyError::Missing));
        assert_eq!(read(b"\x10\0\0\x01bwln", 1), Err(ProxyError::Missing));
        assert_eq!(read(&header(0x11, 0x11, &[0; 12]), 99), Err(ProxyError::Command(0x11)));
        assert_eq!(read(&header(0x22, 0x11, &[0; 12]), 99), Err(ProxyError::Command(0x22)));
        assert_eq!(read(&header(0x21, 0x12, &[0; 12]), 99), Err(ProxyError::Family(0x12)));
        assert_eq!(read(&header(0x21, 0x11, &[0; 11]), 99), Err(ProxyError::TooShort));
        assert_eq!(read(&header(0x21, 0x21, &[0; 35]), 99), Err(ProxyError::TooShort));
        assert_eq!(read(&header(0x21, 0x11, &[0; 5000]), 99), Err(ProxyError::TooLong(5000)));
    }

    /// Whatever comes: no panic, and no more than the longest header is ever read.
    #[test]
    fn damage_does_no_harm() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..100_000 {
            let mut bytes = v4(&[0; 30]);
            for _ in 0..random.usize(1..4) {
                let place = random.usize(..bytes.len());
                bytes[place] = random.u8(..);
            }
            bytes.resize(FIXED + LONGEST + 1, 0);
            if let Ok((_, left)) = read(&bytes, random.usize(1..50)) {
                assert!(left > 0);
            }
        }
    }
}
