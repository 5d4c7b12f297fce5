//! Bytes, with the count of those before them.

use std::io::{self, Read};

use super::frame::Problem;

/// A captured stream, of which never more is in memory than is shown.
pub(super) struct Stream<'a> {
    input: &'a mut dyn Read,
    offset: u64,
    shown: usize,
}

impl<'a> Stream<'a> {
    pub(super) fn new(input: &'a mut dyn Read, shown: usize) -> Self {
        Self { input, offset: 0, shown }
    }

    /// How many bytes were read.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// The next four bytes; `None` at the end of the stream.
    pub(super) fn word(&mut self) -> Result<Option<[u8; 4]>, Problem> {
        let begin = self.offset;
        let bytes = self.take(4)?;
        match *bytes {
            [] => Ok(None),
            [a, b, c, d] => Ok(Some([a, b, c, d])),
            _ => {
                Err(Problem::CutShort { frame: begin, offset: self.offset, missing: 4 - bytes.len() as u64 })
            }
        }
    }

    /// A payload of a few bytes, whole.
    pub(super) fn payload(&mut self, frame: u64, length: u32) -> Result<Vec<u8>, Problem> {
        let bytes = self.take(length.into())?;
        self.is_whole(frame, length, bytes.len() as u64)?;
        Ok(bytes)
    }

    /// The beginning of a payload, as much of it as is to be shown.
    pub(super) fn glance(&mut self, frame: u64, length: u32) -> Result<Vec<u8>, Problem> {
        let shown = u64::from(length).min(self.shown as u64);
        let bytes = self.take(shown)?;
        let skipped = io::copy(&mut (&mut *self.input).take(u64::from(length) - shown), &mut io::sink());
        let skipped = skipped.map_err(Problem::Unreadable)?;
        self.offset += skipped;
        self.is_whole(frame, length, bytes.len() as u64 + skipped)?;
        Ok(bytes)
    }

    fn is_whole(&self, frame: u64, length: u32, got: u64) -> Result<(), Problem> {
        let missing = u64::from(length) - got;
        if missing == 0 { Ok(()) } else { Err(Problem::CutShort { frame, offset: self.offset, missing }) }
    }

    fn take(&mut self, most: u64) -> Result<Vec<u8>, Problem> {
        let mut bytes = Vec::new();
        let got = (&mut *self.input).take(most).read_to_end(&mut bytes).map_err(Problem::Unreadable)?;
        self.offset += got as u64;
        Ok(bytes)
    }
}
