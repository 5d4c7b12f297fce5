//! The real bytes: the files of a folder, one behind the other, cut into messages of any length.

use std::io;
use std::path::{Path, PathBuf};

use bowline_tokio::Bytes;

use crate::Failure;
use crate::envelope::{Envelope, HEADER_LENGTH, Kind};
use crate::plan::{Item, Stream, mix};

/// More than this is not read.
const LARGEST: usize = 256 << 20;

#[derive(Default)]
pub(crate) struct Corpus {
    bytes: Vec<u8>,
    pub(crate) files: usize,
}

impl Corpus {
    pub(crate) fn read(folder: &Path) -> Result<Self, Failure> {
        let mut corpus = Self::default();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            corpus
                .read_folder(&folder, &mut folders)
                .map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        if corpus.bytes.is_empty() { Err("there are no files to send".into()) } else { Ok(corpus) }
    }

    #[cfg(test)]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), files: 1 }
    }

    fn read_folder(&mut self, folder: &Path, folders: &mut Vec<PathBuf>) -> io::Result<()> {
        let mut paths: Vec<_> = folder.read_dir()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() && !path.is_symlink() && !is_skipped(&path) {
                folders.push(path);
            } else if path.is_file() && self.bytes.len() < LARGEST {
                self.read_file(&path);
            }
        }
        Ok(())
    }

    /// A file that can't be read, or is gone meanwhile, is left out.
    fn read_file(&mut self, path: &Path) {
        if let Ok(mut bytes) = std::fs::read(path) {
            self.bytes.append(&mut bytes);
            self.bytes.truncate(LARGEST);
            self.files += 1;
        }
    }

    pub(crate) fn length(&self) -> usize {
        self.bytes.len()
    }

    /// One message of the plan: its header, then as many real bytes as it takes.
    pub(crate) fn message(&self, stream: &Stream, item: Item) -> Bytes {
        let Some(content) = item.length.checked_sub(HEADER_LENGTH) else { return Bytes::new() };
        let envelope = Envelope::of(stream, Kind::Content, item.number);
        envelope
            .seal(content, |message| self.append(mix(item.number, u64::from(content), 2), content, message))
    }

    /// Appends `length` bytes from some place on, going round.
    fn append(&self, place: u64, length: u32, message: &mut Vec<u8>) {
        let mut left = usize::try_from(length).unwrap_or(0);
        let mut place = usize::try_from(place % self.bytes.len() as u64).unwrap_or(0);
        while left > 0 {
            let part = &self.bytes[place..];
            let part = &part[..left.min(part.len())];
            message.extend_from_slice(part);
            left -= part.len();
            place = 0;
        }
    }
}

/// What was built or fetched is not part of a repository.
fn is_skipped(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| name == "target" || name == ".git")
}
