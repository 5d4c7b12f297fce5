//! Names that a peer has chosen, which may be anything.

/// Whether a file of this name can be put into a folder, without landing anywhere else or meaning anything else there.
///
/// # Errors
/// What is wrong with it, in words.
pub(crate) fn check_name(name: &str, allow_hidden: bool) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("it is empty");
    }
    if matches!(name, "." | "..") || name.contains(['/', '\\']) {
        return Err("it leads out of the folder");
    }
    if name.len() > 255 {
        return Err("it is longer than 255 bytes");
    }
    if name.chars().any(char::is_control) {
        return Err("it has a control character");
    }
    if name.starts_with('.') && !allow_hidden {
        return Err("it begins with a dot (see --hidden)");
    }
    if cfg!(windows) { check_for_windows(name) } else { Ok(()) }
}

/// Windows has streams behind colons, devices in every folder, and ends that it leaves out.
#[cfg_attr(not(windows), allow(dead_code, reason = "its tests run everywhere"))]
fn check_for_windows(name: &str) -> Result<(), &'static str> {
    if name.contains([':', '*', '?', '"', '<', '>', '|']) {
        return Err("it has a character that Windows does not allow");
    }
    if name.ends_with(['.', ' ']) {
        return Err("it ends in a dot or a space");
    }
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let is_numbered = |prefix| stem.strip_prefix(prefix).is_some_and(|rest| rest.chars().count() == 1);
    let is_device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$");
    if is_device || is_numbered("COM") || is_numbered("LPT") { Err("it is a device") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mutants: one of the checks is missing.
    #[test]
    fn no_name_leads_anywhere_else() {
        let long = "x".repeat(256);
        for name in ["", ".", "..", "/", "../x", "a/b", "/etc/passwd", "a\\b", "..\\x", "a\0b", "a\nb", &long]
        {
            assert!(check_name(name, true).is_err(), "{name:?}");
        }
        for name in ["a", "a b", "-rf", "..a", ".a", "schön.txt", &long[1..]] {
            assert_eq!(check_name(name, true), Ok(()), "{name:?}");
        }
        assert!(check_name(".bashrc", false).is_err());
    }

    /// Mutants: one of the checks is missing.
    #[test]
    fn no_name_means_anything_else_on_windows() {
        for name in ["C:x", "a:stream", "nul", "NUL.txt", "com1", "LPT9.x", "aux .c", "a.", "a ", "a?"] {
            assert!(check_for_windows(name).is_err(), "{name:?}");
        }
        for name in ["common", "com", "com10", "null", "a.nul"] {
            assert_eq!(check_for_windows(name), Ok(()), "{name:?}");
        }
    }
}
