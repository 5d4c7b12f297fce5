//! Where `local://name` is on a Unix: in a directory that is private to the user.

use std::path::{Path, PathBuf};

use super::directory;
use crate::credentials;

/// The path to which the name leads, in a directory that has yet to be made or checked.
pub(super) fn path(name: &str) -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    directory(runtime, &std::env::temp_dir()).join(format!("{name}.sock"))
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

    use super::*;
    use crate::scratch::Scratch;

    fn fallback() -> PathBuf {
        PathBuf::from(format!("/temporary/bowline-{}", rustix::process::geteuid()))
    }

    fn choose(runtime: impl Into<PathBuf>) -> PathBuf {
        directory(Some(runtime.into()), Path::new("/temporary"))
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
