//! A file that comes in: without its name until all of it is there.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempPath};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::send::digits;
use crate::transfer::Offered;
use crate::{Failure, Result};

/// A file that comes in. Dropped before its end, it leaves nothing.
pub(super) struct Sink {
    file: File,
    place: TempPath,
    name: PathBuf,
    size: u64,
    written: u64,
    hash: Sha256,
}

impl Sink {
    /// Begins a file, in the folder in which it will be but under another name.
    pub(super) fn open(folder: &Path, offered: &Offered) -> Result<Self> {
        let name = folder.join(&offered.name);
        let begun = begin(folder).map_err(Failure::local(folder.display()))?;
        let (file, place) = begun.into_parts();
        let (size, hash) = (offered.size, Sha256::new());
        Ok(Self { file: File::from_std(file), place, name, size, written: 0, hash })
    }

    pub(super) async fn write(&mut self, piece: &[u8]) -> Result {
        self.written = self.written.saturating_add(piece.len() as u64);
        if self.written > self.size {
            return Err(Failure::Data(format!("{}: more bytes than announced", self.name.display())));
        }
        self.hash.update(piece);
        self.file.write_all(piece).await.map_err(Failure::local(self.name.display()))
    }

    /// Puts the file into its place, once it is on the disk and its hash is right.
    pub(super) async fn finish(mut self, sha256: &str, overwrite: bool) -> Result {
        let shown = self.name.display();
        if self.written != self.size {
            return Err(Failure::Data(format!("{shown}: fewer bytes than announced")));
        }
        if digits(&self.hash.finalize()) != sha256 {
            return Err(Failure::Data(format!("{shown}: its SHA-256 is not what the sender says")));
        }
        self.file.flush().await.map_err(Failure::local(&shown))?;
        self.file.sync_all().await.map_err(Failure::local(&shown))?;
        let placed = match overwrite {
            true => self.place.persist(&self.name),
            false => self.place.persist_noclobber(&self.name),
        };
        placed.map_err(|refused| Failure::local(shown)(refused.error))
    }
}

fn begin(folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".bowline-").suffix(".part");
    // What the user's umask leaves of it, as for any new file.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
