//! Memory that the system holds: whoever touches it before it comes back is caught.

const CANARY: [u8; 8] = *b"\xC5guarded";

/// Bytes that nobody may free, move or change while they are lent.
#[derive(Debug)]
pub(crate) struct Guarded {
    block: Box<[u8]>,
    place: *const u8,
    sum: u64,
}

impl Guarded {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let block: Box<[u8]> = [&CANARY[..], bytes, &CANARY[..]].concat().into();
        Self { place: block.as_ptr(), sum: sum(&block), block }
    }

    /// What was lent, unharmed.
    pub(crate) fn bytes(&self) -> &[u8] {
        assert!(
            self.place == self.block.as_ptr() && sum(&self.block) == self.sum,
            "I7: lent memory was moved or changed"
        );
        &self.block[CANARY.len()..self.block.len() - CANARY.len()]
    }
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum: u64, &byte| sum.rotate_left(5) ^ u64::from(byte))
}
