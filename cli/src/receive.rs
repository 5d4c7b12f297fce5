//! `bowline receive`: files from whoever runs `bowline send`.

mod sink;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use bowline_tokio::{Endpoint, Socket};
use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;

use crate::interrupt::Interrupt;
use crate::output::{Output, tame};
use crate::reach::{self, Listening, Wire};
use crate::transfer::{self, Look, Offered, Part, VERSION, Word, check_name};
use crate::{Failure, Result, ending, size};
use sink::Sink;

pub(crate) const EXAMPLES: &str = "\
Examples:
  bowline receive local://inbox DIR                    from: bowline send local://inbox FILE...
  bowline receive tcp://127.0.0.1:4000 DIR --keep      from one sender after the other, until Ctrl-C
  bowline receive --connect unix:///tmp/files.sock DIR --overwrite

A file gets its name when all of it is there and its SHA-256 is right; until then it is
DIR/.bowline-*.part, which is removed if the transfer ends early. Names from the sender never lead
out of DIR.";

/// What `receive` is told.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Where to listen, or with --connect where to connect
    endpoint: Endpoint,

    /// The folder for the files; it must exist
    folder: PathBuf,

    /// Connect to a sender that listens
    #[arg(long, short, conflicts_with = "keep")]
    connect: bool,

    /// Go on with the next sender, until Ctrl-C
    #[arg(long, short)]
    keep: bool,

    /// Replace files that are there
    #[arg(long)]
    overwrite: bool,

    /// Take files whose name begins with a dot, too
    #[arg(long)]
    hidden: bool,

    /// Refuse offers of more bytes than this, all files together
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    max_size: Option<u64>,

    #[command(flatten)]
    look: Look,

    #[command(flatten)]
    listening: Listening,

    #[command(flatten)]
    wire: Wire,
}

/// Receives from one sender, or from one after the other.
pub(crate) async fn run(options: Options, output: Output, interrupt: Interrupt) -> Result {
    if !options.folder.is_dir() {
        let what = if options.folder.exists() { "not a folder" } else { "there is no such folder" };
        return Err(Failure::Local(format!("{}: {what}", options.folder.display())));
    }
    if options.keep {
        return keep(&options, output, &interrupt).await;
    }
    let Options { endpoint, wire, listening, .. } = &options;
    let listening = (!options.connect).then_some(*listening);
    let socket = reach::meet(endpoint, wire, listening, output, &interrupt).await?;
    one_sender(&socket, &options, output, &interrupt).await
}

/// A failed transfer is no reason to turn away the next sender.
async fn keep(options: &Options, output: Output, interrupt: &Interrupt) -> Result {
    let (server, mut clients) = reach::bind(&options.endpoint, &options.wire, options.listening, 16)?;
    reach::announce(&server, &options.endpoint, &options.wire, output);
    loop {
        let incoming = tokio::select! {
            () = interrupt.first() => break,
            incoming = clients.next() => incoming,
        };
        let Some(incoming) = incoming else { break };
        let Ok(socket) = incoming.accept() else { continue };
        match one_sender(&socket, options, output, interrupt).await {
            Err(failure @ Failure::OutputClosed) => return Err(failure),
            Err(failure) => drop(output.failure(&failure)),
            Ok(()) => {}
        }
    }
    server.close(options.wire.patience()).await?;
    Ok(())
}

async fn one_sender(socket: &Socket, options: &Options, output: Output, interrupt: &Interrupt) -> Result {
    let received = reach::unless(interrupt, receive_all(socket, options, output)).await;
    let received = received.map_err(|failure| transfer::last_word(socket, failure));
    if let Err(failure) = &received {
        transfer::say_last(socket, &Word::Cancel { why: failure.to_string() });
    }
    received.and(ending::close(socket, options.wire.patience(), output).await)
}

async fn receive_all(socket: &Socket, options: &Options, output: Output) -> Result {
    let files = match transfer::read(socket).await? {
        Part::Word(Word::Offer { version: VERSION, files }) => files,
        Part::Word(Word::Offer { .. }) => {
            return Err(Failure::Peer("the sender's version is another one".into()));
        }
        _ => return Err(out_of_turn()),
    };
    judge(&files, options)?;
    transfer::say(socket, &Word::Accept).await?;
    let (begin, bytes) = (Instant::now(), transfer::total(&files));
    let bar = options.look.bar(output, bytes);
    for (file, offered) in files.iter().enumerate() {
        let received = receive_one(socket, offered, options, &bar).await;
        let sha256 = received.inspect_err(|_| bar.finish_and_clear())?;
        transfer::say(socket, &Word::Received { file }).await?;
        let Offered { name, size } = offered;
        bar.suspend(|| {
            output.detail(
                format_args!("{}: {} received, hash right", tame(name), size::show(*size)),
                || json!({"event": "file", "name": name, "bytes": size, "sha256": sha256}),
            )
        })?;
    }
    bar.finish_and_clear();
    let seconds = begin.elapsed().as_secs_f64();
    output.remark(
        format_args!("{} files, {} in {seconds:.1} s", files.len(), size::show(bytes)),
        || json!({"event": "received", "files": files.len(), "bytes": bytes, "seconds": seconds}),
    );
    // The sender says goodbye once it knows; whatever else it says is out of turn.
    match socket.read().await {
        Ok(_) => Err(out_of_turn()),
        Err(_over) => Ok(()),
    }
}

/// Whether the files may come at all, before a byte of them does.
fn judge(files: &[Offered], options: &Options) -> Result {
    if let Some(most) = options.max_size.filter(|most| transfer::total(files) > *most) {
        return Err(Failure::Data(format!("refused: more than {}", size::show(most))));
    }
    let mut names = BTreeSet::new();
    for Offered { name, .. } in files {
        let refused = |why| Failure::Data(format!("refused the file name {name:?}: {why}"));
        check_name(name, options.hidden).map_err(refused)?;
        if !names.insert(name) {
            return Err(refused("it comes twice"));
        }
        if !options.overwrite && options.folder.join(name).symlink_metadata().is_ok() {
            return Err(Failure::Local(format!("refused {name:?}: it is there already (see --overwrite)")));
        }
    }
    Ok(())
}

/// The bytes of one file, then its hash; yields the hash once the file is in its place.
async fn receive_one(
    socket: &Socket,
    offered: &Offered,
    options: &Options,
    bar: &ProgressBar,
) -> Result<String> {
    bar.set_message(tame(&offered.name));
    let mut sink = Sink::open(&options.folder, offered)?;
    loop {
        match transfer::read(socket).await? {
            Part::Piece(piece) => {
                sink.write(&piece).await?;
                bar.inc(piece.len() as u64);
            }
            Part::Word(Word::Digest { sha256 }) => {
                return sink.finish(&sha256, options.overwrite).await.map(|()| sha256);
            }
            Part::Word(_) => return Err(out_of_turn()),
        }
    }
}

fn out_of_turn() -> Failure {
    Failure::Data("the peer says something else than a sender would".into())
}
