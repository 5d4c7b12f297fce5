//! How files travel: what the two sides of a transfer say to each other.
//!
//! The sender offers files by name and size; the receiver says yes or no. Then come the bytes of each file, in messages that
//! begin with a zero byte, and after each file its SHA-256; the receiver answers each. All other messages are words, in
//! JSON. Either side may cancel at any time.

mod names;

use bowline_tokio::{Bytes, Socket};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::{Deserialize, Serialize};

use crate::output::{Output, tame};
use crate::{Failure, Result};

pub(crate) use names::check_name;

/// The byte before a piece of a file.
const PIECE: u8 = 0;

/// The version of what is said here.
pub(crate) const VERSION: u32 = 1;

/// So many bytes of a file go into one message.
pub(crate) const PIECE_SIZE: u32 = 256 << 10;

/// What the two sides say beside the bytes of files.
#[derive(Serialize, Deserialize, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Word {
    /// The sender's first word.
    Offer { version: u32, files: Vec<Offered> },
    /// The receiver's answer, if it wants them.
    Accept,
    /// The sender, after the bytes of a file.
    Digest { sha256: String },
    /// The receiver, when a file is in its place and its hash is right.
    Received { file: usize },
    /// Either side: nothing more will come, for this reason.
    Cancel { why: String },
}

/// A file on offer.
#[derive(Serialize, Deserialize, PartialEq, Eq, Clone, Debug)]
pub(crate) struct Offered {
    pub(crate) name: String,
    pub(crate) size: u64,
}

/// What a message of a transfer is.
pub(crate) enum Part {
    Word(Word),
    /// Bytes of a file.
    Piece(Bytes),
}

/// Room for a piece of so many bytes; the file's own begin at 1.
pub(crate) fn blank_piece(size: usize) -> Vec<u8> {
    vec![PIECE; size + 1]
}

/// Reads the next message of a transfer. The peer's cancelling is a failure.
pub(crate) async fn read(socket: &Socket) -> Result<Part> {
    understand(socket.read().await?)
}

/// Why it went wrong: if the peer has cancelled, its own word says more than that the connection ended under ours.
pub(crate) fn last_word(socket: &Socket, failure: Failure) -> Failure {
    let said = |message| understand(message).err().filter(|said| matches!(said, Failure::Peer(_)));
    let mut come = core::iter::from_fn(|| socket.try_read().ok().flatten());
    match failure {
        Failure::Peer(_) => come.find_map(said).unwrap_or(failure),
        failure => failure,
    }
}

fn understand(mut message: Bytes) -> Result<Part> {
    if message.first() == Some(&PIECE) {
        return Ok(Part::Piece(message.split_off(1)));
    }
    match serde_json::from_slice(&message) {
        Ok(Word::Cancel { why }) => Err(Failure::Peer(format!("cancelled by the peer: {}", tame(&why)))),
        Ok(word) => Ok(Part::Word(word)),
        Err(error) => Err(Failure::Data(format!("the peer does not speak of files: {error}"))),
    }
}

/// Says a word, and waits until it has left.
pub(crate) async fn say(socket: &Socket, word: &Word) -> Result {
    let text = serde_json::to_vec(word).map_err(|error| Failure::Data(error.to_string()))?;
    socket.write(text).await?;
    Ok(())
}

/// Says a word that nobody waits for: the connection is about to end.
pub(crate) fn say_last(socket: &Socket, word: &Word) {
    if let Ok(text) = serde_json::to_vec(word)
        && let Err(waiting) = socket.write(text).detach()
    {
        // There is no room for it: the end of the stream has to say it.
        drop(waiting);
    }
}

/// What both sides of a transfer can say about how it looks.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Show no progress bar
    #[arg(long)]
    no_progress: bool,
}

impl Look {
    /// A bar that shows the rate and the time left, if anybody watches.
    pub(crate) fn bar(self, output: Output, bytes: u64) -> ProgressBar {
        let is_seen = output.is_watched() && !self.no_progress;
        let target = if is_seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let shape = "{wide_msg} {bar:24} {bytes:>11}/{total_bytes} {bytes_per_sec:>13} {eta:>4} left";
        let style = ProgressStyle::with_template(shape).unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::with_draw_target(Some(bytes), target).with_style(style.progress_chars("█▌ "))
    }
}

/// The sum of the files' sizes.
pub(crate) fn total(files: &[Offered]) -> u64 {
    files.iter().fold(0, |sum, file| sum.saturating_add(file.size))
}
