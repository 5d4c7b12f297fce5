//! Where `local://name` is on a Unix: in a directory that is private to the user, or where an app has a place of its own.

use std::path::{Path, PathBuf};

use super::directory;
use crate::credentials;

/// Android gives a program no directory but those that its app is told of; there it is an abstract name, at which both sides
/// check the user, and each app is one.
pub(super) const IS_ABSTRACT: bool = cfg!(target_os = "android");

/// An app on iOS is alone in its container, whose path leaves no room for a directory more.
pub(super) const IN_CONTAINER: bool = cfg!(target_os = "ios");

/// The abstract name to which the name leads.
pub(super) fn abstract_name(name: &str) -> String {
    format!("bowline-{}/{name}", credentials::own_user().unwrap_or_default())
}

/// The path to which the name leads, in a directory that has yet to be made or checked.
pub(super) fn path(name: &str) -> PathBuf {
    let (runtime, temporary) = (std::env::var_os("XDG_RUNTIME_DIR"), std::env::temp_dir());
    let directory = if IN_CONTAINER { temporary } else { directory(runtime.map(PathBuf::from), &temporary) };
    directory.join(format!("{name}.sock"))
}

/// In the user's own runtime directory if it is that: after `su` or `sudo -E` it is another user's.
fn directory(runtime: Option<PathBuf>, temporary: &Path) -> PathBuf {
    match runtime {
        Some(runtime) if runtime.is_absolute() && directory::check_private(&runtime).is_ok() => {
            runtime.join("bowline")
        }
        _ => temporary.join(format!("bowline-{}", credentials::own_user().unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};

    use bowline_runtime::Endpoint;

    use super::*;
    use crate::scratch::Scratch;

    fn fallback() -> PathBuf {
        PathBuf::from(format!("/temporary/bowline-{}", rustix::process::geteuid()))
    }

    fn choose(runtime: impl Into<PathBuf>) -> PathBuf {
        directory(Some(runtime.into()), Path::new("/temporary"))
    }

    /// Of two users of one machine each has names of its own, and the longest fits.
    #[test]
    fn an_abstract_name_is_the_users() {
        let (name, user) = ("x".repeat(64), rustix::process::geteuid());
        assert_eq!(abstract_name(&name), format!("bowline-{user}/{name}"));
        assert!(Endpoint::local(&name).is_ok() && Endpoint::abstract_name(abstract_name(&name)).is_ok());
    }

    #[test]
    fn a_private_runtime_directory_is_preferred() {
        let scratch = Scratch::new();
        assert_eq!(choose(scratch.path()), scratch.path().join("bowline"));
    }

    #[test]
    fn without_one_it_is_the_temporary_directory() {
        assert_eq!(directory(None, Path::new("/temporary")), fallback());
    }

    #[test]
    fn a_runtime_directory_that_is_not_private_is_passed_over() {
        let scratch = Scratch::new();
        let link = scratch.path().join("link");
        let wide = scratch.path().join("wide");
        fs::create_dir(&wide).unwrap();
        symlink(&wide, &link).unwrap();
        fs::set_permissions(&wide, Permissions::from_mode(0o750)).unwrap();
        assert_eq!(choose(&wide), fallback());
        fs::set_permissions(&wide, Permissions::from_mode(0o700)).unwrap();
        assert_eq!(choose(&wide), wide.join("bowline"));
        assert_eq!(choose(&link), fallback());
        assert_eq!(choose(scratch.path().join("missing")), fallback());
        assert_eq!(choose(""), fallback());
        assert_eq!(choose("relative"), fallback());
    }
}
