//! Which directories are fit to hold a socket: a path is as safe as the directory that it is in.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::{DirectoryError, credentials};

const ROOT: u32 = 0;
const STICKY: u32 = 0o1000;
const OTHERS: u32 = 0o077;
const OTHERS_WRITE: u32 = 0o022;

/// Whether only this user and root can replace a file at the path. Links on the way there are followed.
pub(super) fn check_parent(path: &Path) -> Result<(), DirectoryError> {
    let parent = parent(path);
    let found = fs::metadata(parent).map_err(unusable(parent))?;
    if !found.is_dir() {
        return Err(unusable(parent)(io::ErrorKind::NotADirectory.into()));
    }
    if found.uid() != ROOT {
        check_owner(parent, &found)?;
    }
    // In a sticky directory only the owner of a file, or of the directory, can remove it.
    let forbidden = if found.mode() & STICKY == 0 { OTHERS_WRITE } else { 0 };
    check_mode(parent, &found, forbidden)
}

/// Makes the path's directory, private to this user, or makes sure that the one that is there is.
pub(super) fn make_private_parent(path: &Path) -> Result<(), DirectoryError> {
    let parent = parent(path);
    match DirBuilder::new().mode(0o700).create(parent) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unusable(parent)(error)),
        _ => check_private(parent),
    }
}

/// Whether the path's directory is private to this user.
pub(super) fn check_private_parent(path: &Path) -> Result<(), DirectoryError> {
    check_private(parent(path))
}

/// Whether it is a directory, not a link to one, that only this user (and root) can look into.
pub(super) fn check_private(path: &Path) -> Result<(), DirectoryError> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::RDONLY | OFlags::CLOEXEC;
    let opened = rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from);
    let found = opened.map(File::from).and_then(|directory| directory.metadata()).map_err(unusable(path))?;
    check_owner(path, &found)?;
    check_mode(path, &found, OTHERS)
}

/// An absolute path of a file has one.
fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

fn check_owner(path: &Path, found: &Metadata) -> Result<(), DirectoryError> {
    if Some(found.uid()) == credentials::own_user() {
        return Ok(());
    }
    Err(DirectoryError::Owner { path: path.to_owned(), owner: found.uid() })
}

fn check_mode(path: &Path, found: &Metadata, forbidden: u32) -> Result<(), DirectoryError> {
    if found.mode() & forbidden == 0 {
        return Ok(());
    }
    Err(DirectoryError::Permissions { path: path.to_owned(), mode: found.mode() & 0o7777 })
}

fn unusable(path: &Path) -> impl FnOnce(io::Error) -> DirectoryError {
    move |source| DirectoryError::Unusable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::path::PathBuf;

    use super::*;
    use crate::scratch::Scratch;

    /// A directory with these permissions, and the path of a socket in it.
    fn directory(scratch: &Scratch, mode: u32) -> (PathBuf, PathBuf) {
        let path = scratch.path().join(format!("{mode:o}"));
        fs::create_dir(&path).expect("a scratch directory takes others");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("it is ours");
        (path.clone(), path.join("socket"))
    }

    fn is_refused_for_its_mode(result: &Result<(), DirectoryError>) -> bool {
        matches!(result, Err(DirectoryError::Permissions { .. }))
    }

    #[test]
    fn a_parent_is_writable_by_its_owner_only_or_sticky() {
        let scratch = Scratch::new();
        for mode in [0o700, 0o755, 0o711, 0o2755, 0o1777, 0o1770, 0o1755] {
            assert!(check_parent(&directory(&scratch, mode).1).is_ok(), "{mode:o}");
        }
        for mode in [0o777, 0o770, 0o702, 0o720, 0o775, 0o2775] {
            assert!(is_refused_for_its_mode(&check_parent(&directory(&scratch, mode).1)), "{mode:o}");
        }
    }

    #[test]
    fn a_private_directory_is_shut_to_all_others() {
        let scratch = Scratch::new();
        for mode in [0o700, 0o2700, 0o1700] {
            assert!(make_private_parent(&directory(&scratch, mode).1).is_ok(), "{mode:o}");
        }
        for mode in [0o701, 0o710, 0o750, 0o755, 0o770, 0o777, 0o1777] {
            let (path, socket) = directory(&scratch, mode);
            assert!(is_refused_for_its_mode(&make_private_parent(&socket)), "{mode:o}");
            // It is not put right either: what lies in it may be someone else's.
            assert_eq!(fs::metadata(path).unwrap().mode() & 0o7777, mode);
        }
    }

    #[test]
    fn a_private_directory_is_made_shut() {
        let scratch = Scratch::new();
        let path = scratch.path().join("new");
        make_private_parent(&path.join("socket")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o700);
    }

    #[test]
    fn a_private_directory_is_no_link_and_no_file() {
        let scratch = Scratch::new();
        let (private, _) = directory(&scratch, 0o700);
        symlink(&private, scratch.path().join("link")).unwrap();
        symlink("/nonexistent/target", scratch.path().join("dangling")).unwrap();
        fs::write(scratch.path().join("file"), "").unwrap();
        for name in ["link", "dangling", "file", "missing/deeper"] {
            let result = make_private_parent(&scratch.path().join(name).join("socket"));
            assert!(matches!(result, Err(DirectoryError::Unusable { .. })), "{name}: {result:?}");
        }
    }

    #[test]
    fn looking_makes_nothing() {
        let scratch = Scratch::new();
        let path = scratch.path().join("missing");
        match check_private_parent(&path.join("socket")) {
            Err(DirectoryError::Unusable { source, .. }) => {
                assert_eq!(source.kind(), io::ErrorKind::NotFound);
            }
            other => panic!("{other:?}"),
        }
        assert!(!path.exists());
    }

    #[test]
    fn another_users_directory_is_refused() {
        let scratch = Scratch::new();
        let (path, socket) = directory(&scratch, 0o700);
        if chown(&path, Some(65_534), None).is_err() {
            return; // Only root can set this up.
        }
        for result in [check_parent(&socket), check_private_parent(&socket), make_private_parent(&socket)] {
            assert!(matches!(result, Err(DirectoryError::Owner { owner: 65_534, .. })), "{result:?}");
        }
    }
}
