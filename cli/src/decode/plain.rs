//! The plain profile: a length, then a message.

use bowline_core::{MAGIC, Violation};

use super::Decode;
use super::frame::{Frame, Meaning, Problem, Summary};
use super::stream::Stream;

/// A stream of the plain profile.
pub(super) struct Plain {
    limit: u32,
    seen: Summary,
}

impl Plain {
    pub(super) fn new(limit: u32) -> Self {
        let seen = Summary {
            end: "ends between two messages, which is all that the plain profile can say",
            ..Summary::default()
        };
        Self { limit, seen }
    }
}

impl Decode for Plain {
    fn next(&mut self, stream: &mut Stream<'_>) -> Result<Option<Frame>, Problem> {
        let offset = stream.offset();
        let Some(word) = stream.word()? else { return Ok(None) };
        let length = u32::from_le_bytes(word);
        if length > self.limit {
            let what = format!("a length of {length} bytes, and the limit is {}", self.limit);
            return Err(Problem::Violation { offset, frame: offset, violation: Violation::TooLong, what });
        }
        let bytes = stream.glance(offset, length).map_err(|problem| hint(problem, offset, word))?;
        self.seen.frames += 1;
        self.seen.message(length);
        Ok(Some(Frame { offset, kind: "message", length, meaning: Meaning::Bytes(bytes) }))
    }

    fn summary(&self) -> Summary {
        Summary { ..self.seen }
    }
}

/// A hello reads as the length of a message that never ends.
fn hint(problem: Problem, offset: u64, word: [u8; 4]) -> Problem {
    if offset > 0 || word != [16, 0, 0, 1] {
        return problem;
    }
    let what = format!(
        "this looks like a hello ({}): is it the full protocol, without --plain?",
        MAGIC.escape_ascii()
    );
    Problem::Violation { offset, frame: offset, violation: Violation::TooLong, what }
}
