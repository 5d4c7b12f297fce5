//! `bowline send`: files to whoever runs `bowline receive`.

use core::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use bowline_tokio::{Endpoint, Socket, Write};
use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::interrupt::Interrupt;
use crate::output::Output;
use crate::reach::{self, Listening, Wire};
use crate::transfer::{self, Look, Offered, PIECE_SIZE, Part, VERSION, Word};
use crate::{Failure, Result, ending, size};

pub(crate) const EXAMPLES: &str = "\
Examples:
  bowline send local://inbox report.pdf               to: bowline receive local://inbox DIR
  bowline send tcp://127.0.0.1:4000 --retry 1m *.jpg  wait for the receiver to come up
  bowline send --listen unix:///tmp/files.sock big.iso
                                       to: bowline receive --connect unix:///tmp/files.sock DIR

It ends when the receiver has every file in its place with the right SHA-256. Ctrl-C cancels: the
receiver throws away what it has of the file on its way.";

/// What `send` is told.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Where to connect, or with --listen where to listen
    endpoint: Endpoint,

    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Be the server, of the first client that comes
    #[arg(long, short)]
    listen: bool,

    #[command(flatten)]
    look: Look,

    #[command(flatten)]
    listening: Listening,

    #[command(flatten)]
    wire: Wire,
}

/// A file to be sent.
struct Source {
    offered: Offered,
    file: File,
}

/// Sends the files and waits until they have arrived.
pub(crate) async fn run(options: Options, output: Output, interrupt: Interrupt) -> Result {
    let mut sources = Vec::new();
    for path in &options.files {
        sources.push(open(path).await?);
    }
    let listening = options.listen.then_some(options.listening);
    let socket = reach::meet(&options.endpoint, &options.wire, listening, output, &interrupt).await?;
    let sent = reach::unless(&interrupt, send_all(&socket, sources, &options, output)).await;
    let sent = sent.map_err(|failure| transfer::last_word(&socket, failure));
    if let Err(failure) = &sent {
        transfer::say_last(&socket, &Word::Cancel { why: failure.to_string() });
    }
    sent.and(ending::close(&socket, options.wire.patience(), output).await)
}

async fn open(path: &Path) -> Result<Source> {
    let shown = path.display();
    let file = File::open(path).await.map_err(Failure::local(&shown))?;
    let metadata = file.metadata().await.map_err(Failure::local(&shown))?;
    if !metadata.is_file() {
        return Err(Failure::Local(format!("{shown}: not a plain file")));
    }
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| Failure::Local(format!("{shown}: its name is not UTF-8")))?;
    Ok(Source { offered: Offered { name: name.into(), size: metadata.len() }, file })
}

async fn send_all(socket: &Socket, sources: Vec<Source>, options: &Options, output: Output) -> Result {
    let files: Vec<_> = sources.iter().map(|source| source.offered.clone()).collect();
    transfer::say(socket, &Word::Offer { version: VERSION, files: files.clone() }).await?;
    match transfer::read(socket).await? {
        Part::Word(Word::Accept) => {}
        _ => return Err(out_of_turn()),
    }
    let (begin, bytes) = (Instant::now(), transfer::total(&files));
    let bar = options.look.bar(output, bytes);
    let upload = async {
        for source in sources {
            send_one(socket, source, &bar).await?;
        }
        Ok(())
    };
    let sent = tokio::try_join!(upload, confirmations(socket, &files, output, &bar));
    bar.finish_and_clear();
    sent?;
    let seconds = begin.elapsed().as_secs_f64();
    output.remark(
        format_args!("{} files, {} in {seconds:.1} s", files.len(), size::show(bytes)),
        || json!({"event": "sent", "files": files.len(), "bytes": bytes, "seconds": seconds}),
    );
    Ok(())
}

/// One message is made while the one before it leaves.
async fn send_one(socket: &Socket, mut source: Source, bar: &ProgressBar) -> Result {
    bar.set_message(source.offered.name.clone());
    let piece_size = u64::from(PIECE_SIZE.min(socket.peer_message_limit().saturating_sub(1)));
    let (mut rest, mut hash) = (source.offered.size, Sha256::new());
    let mut leaving: Option<Write> = None;
    while rest > 0 {
        let length = usize::try_from(piece_size.min(rest)).unwrap_or(usize::MAX);
        let mut piece = transfer::blank_piece(length);
        let changed = format!("{} has changed while it was sent", source.offered.name);
        source.file.read_exact(&mut piece[1..]).await.map_err(Failure::local(changed))?;
        hash.update(&piece[1..]);
        if let Some(before) = leaving.replace(socket.write(piece)) {
            before.await?;
        }
        rest -= length as u64;
        bar.inc(length as u64);
    }
    if let Some(last) = leaving {
        last.await?;
    }
    transfer::say(socket, &Word::Digest { sha256: digits(&hash.finalize()) }).await
}

/// The receiver's word for each file.
async fn confirmations(socket: &Socket, files: &[Offered], output: Output, bar: &ProgressBar) -> Result {
    for (expected, offered) in files.iter().enumerate() {
        match transfer::read(socket).await? {
            Part::Word(Word::Received { file }) if file == expected => {}
            _ => return Err(out_of_turn()),
        }
        let Offered { name, size } = offered;
        bar.suspend(|| {
            output.detail(
                format_args!("{name}: {} sent, hash confirmed", size::show(*size)),
                || json!({"event": "file", "name": name, "bytes": size}),
            )
        })?;
    }
    Ok(())
}

fn out_of_turn() -> Failure {
    Failure::Data("the peer says something else than a receiver would".into())
}

/// A hash as hex digits.
pub(crate) fn digits(hash: &[u8]) -> String {
    hash.iter().fold(String::new(), |mut text, byte| {
        let _never_fails = write!(text, "{byte:02x}");
        text
    })
}
