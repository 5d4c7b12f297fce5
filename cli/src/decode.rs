//! `bowline decode`: a captured byte stream, frame by frame, and what is wrong in it.

mod frame;
mod full;
mod plain;
mod stream;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use anstyle::AnsiColor;
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::output::{Output, painted};
use crate::{Failure, Result, size};
use frame::{Frame, Problem, Summary};
use full::Full;
use plain::Plain;
use stream::Stream;

pub(crate) const EXAMPLES: &str = "\
Examples:
  bowline decode client.bin                   one direction, from its beginning
  bowline decode server.bin --limit 1M        with the limit that the client's hello names
  bowline decode --middle tail.bin            from within an open connection
  bowline decode --plain lengths.bin
  xxd -r -p hex.txt | bowline decode -        standard input, from hex digits

The file holds the bytes of one direction and nothing else. What only both directions together could
show is not judged: whether a goodbye-ack has its goodbye, and its count; nor is anything that is a
matter of time, such as too many aborts. Exit code 3: something is wrong, or the stream ends inside a
frame or an announced message.";

/// What `decode` is told.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The captured bytes of one direction; - is standard input
    file: PathBuf,

    /// Who has sent it; without this, the first frame tells
    #[arg(long, value_enum, value_name = "WHO", conflicts_with = "plain")]
    from: Option<From>,

    /// It begins at a frame of an open connection, after the handshake
    #[arg(long, conflicts_with_all = ["plain", "from"])]
    middle: bool,

    /// It is the plain profile: lengths and messages
    #[arg(long)]
    plain: bool,

    /// The longest message that the receiver takes
    #[arg(long, value_name = "SIZE", default_value = "2147483647", value_parser = size::parse_message)]
    limit: u32,

    /// Show so many bytes of each payload
    #[arg(long, value_name = "N", default_value_t = 32)]
    show: usize,
}

/// Who has sent a stream.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum From {
    /// It begins with a hello
    Client,
    /// It begins with a welcome
    Server,
}

/// What knows how a stream goes on.
trait Decode {
    /// The next frame; `None` at the end of the stream.
    fn next(&mut self, stream: &mut Stream<'_>) -> core::result::Result<Option<Frame>, Problem>;

    /// What was seen, and how it ends.
    fn summary(&self) -> Summary;
}

/// Shows every frame, then what is wrong.
pub(crate) fn run(options: &Options, output: Output) -> Result {
    let mut file = open(&options.file)?;
    let mut stream = Stream::new(&mut file, options.show);
    let mut decode: Box<dyn Decode> = if options.plain {
        Box::new(Plain::new(options.limit))
    } else {
        Box::new(Full::new(options.from, options.middle, options.limit))
    };
    if !output.is_json() {
        output.detail(format_args!("{:>10}  {:<11} {:>10}  meaning", "offset", "kind", "length"), || {
            json!(null)
        })?;
    }
    let problem = loop {
        match decode.next(&mut stream) {
            Ok(Some(frame)) => output.detail(&frame, || frame.to_json())?,
            Ok(None) => break None,
            Err(problem) => break Some(problem),
        }
    };
    if let Some(Problem::Unreadable(error)) = problem {
        return Err(Failure::local(options.file.display())(error));
    }
    conclude(&stream, &decode.summary(), problem.as_ref(), output)
}

fn open(path: &Path) -> Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path).map_err(Failure::local(path.display()))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

fn conclude(stream: &Stream<'_>, summary: &Summary, problem: Option<&Problem>, output: Output) -> Result {
    let bytes = stream.offset();
    let Some(problem) = problem else {
        return output.result(
            format_args!("{}: {bytes} bytes, {summary}; {}", painted("ok", AnsiColor::Green), summary.end),
            || summary.to_json(bytes, None),
        );
    };
    output.result(
        format_args!(
            "{} at byte {}: {problem}\nbefore that: {summary}",
            painted("wrong", AnsiColor::Red),
            problem.offset()
        ),
        || summary.to_json(bytes, Some(problem)),
    )?;
    Err(Failure::Data(format!("the stream is wrong at byte {}", problem.offset())))
}
