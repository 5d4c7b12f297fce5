//! Standard input, cut into messages.

use bowline_tokio::Bytes;
use clap::ValueEnum;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Stdin, stdin};

use crate::{Failure, Result};

/// How standard input is cut into messages.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reading {
    /// Each line, without its newline
    Lines,
    /// Each line, as hex digits
    Hex,
    /// A 32-bit little-endian length before each message
    Prefixed,
    /// All of it is one message
    Whole,
    /// Standard input is not read
    None,
}

/// The messages of standard input. None is longer than the peer takes.
pub(super) struct Input {
    reading: Reading,
    limit: u32,
    stdin: BufReader<Stdin>,
}

impl Input {
    pub(super) fn new(reading: Reading, limit: u32) -> Self {
        Self { reading, limit, stdin: BufReader::with_capacity(64 << 10, stdin()) }
    }

    /// The next message; `None` at the end. Without standard input that never comes.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        match self.reading {
            Reading::Lines => Ok(self.line(1).await?.map(Bytes::from)),
            Reading::Hex => self.line(2).await?.map(|line| hex(&line)).transpose(),
            Reading::Prefixed => self.prefixed().await,
            Reading::Whole => self.whole().await,
            Reading::None => core::future::pending().await,
        }
    }

    /// A line of at most so many characters for each byte of a message.
    async fn line(&mut self, characters: u64) -> Result<Option<Vec<u8>>> {
        let room = u64::from(self.limit) * characters;
        let mut line = Vec::new();
        (&mut self.stdin).take(room + 1).read_until(b'\n', &mut line).await.map_err(unreadable)?;
        match line.pop_if(|last| *last == b'\n') {
            None if line.is_empty() => Ok(None),
            None if line.len() as u64 > room => Err(self.too_long()),
            _ => Ok(Some(line)),
        }
    }

    async fn prefixed(&mut self) -> Result<Option<Bytes>> {
        if self.stdin.fill_buf().await.map_err(unreadable)?.is_empty() {
            return Ok(None);
        }
        let length = self.stdin.read_u32_le().await.map_err(cut_short)?;
        if length > self.limit {
            return Err(self.too_long());
        }
        let mut message = Vec::new();
        (&mut self.stdin).take(length.into()).read_to_end(&mut message).await.map_err(unreadable)?;
        if message.len() as u64 == u64::from(length) {
            Ok(Some(message.into()))
        } else {
            Err(Failure::Data("standard input ends inside a message".into()))
        }
    }

    /// The first time all there is, also if it is empty.
    async fn whole(&mut self) -> Result<Option<Bytes>> {
        let mut message = Vec::new();
        let room = u64::from(self.limit) + 1;
        (&mut self.stdin).take(room).read_to_end(&mut message).await.map_err(unreadable)?;
        if message.len() as u64 == room {
            return Err(self.too_long());
        }
        self.reading = Reading::Prefixed;
        Ok(Some(message.into()))
    }

    fn too_long(&self) -> Failure {
        Failure::Data(format!(
            "a message in standard input is longer than the {} bytes that the peer takes",
            self.limit
        ))
    }
}

fn unreadable(error: std::io::Error) -> Failure {
    Failure::local("can't read standard input")(error)
}

fn cut_short(error: std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => Failure::Data("standard input ends inside a length".into()),
        _ => unreadable(error),
    }
}

/// Hex digits, with spaces wherever one likes.
fn hex(line: &[u8]) -> Result<Bytes> {
    let wrong = || Failure::Data("a line of standard input is not pairs of hex digits".into());
    let digits: Vec<u8> = line.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match *pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    digits.chunks(2).map(pair).collect::<Option<Vec<u8>>>().map(Bytes::from).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Mutant: a digit too many is left out.
    #[test]
    fn hex_is_pairs_of_digits() {
        assert_eq!(hex(b"00 fF\r").unwrap(), &[0, 255][..]);
        assert_eq!(hex(b"").unwrap(), &[][..]);
        assert!(hex(b"0").is_err());
        assert!(hex(b"0g").is_err());
    }
}
