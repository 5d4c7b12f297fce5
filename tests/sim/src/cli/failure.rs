//! What is said about a script that fails.

use core::any::type_name;
use core::fmt::Write;
use std::process::Command;

use crate::{Memory, Script, attempt, shrink};

/// The failure of a script on one memory, in words, with the shortest script that shows it.
pub(in crate::cli) fn of<M: Memory>(script: &Script) -> Option<String> {
    let first = attempt::<M>(script).err()?;
    let short = shrink::<M>(script);
    let last = attempt::<M>(&short).err().unwrap_or_default();
    let mut text = format!("seed {} failed on {}: {first}\n", script.seed, type_name::<M>());
    _ = writeln!(text, "  commit {}\n  {}", commit(), Script::describe(script.seed));
    _ = writeln!(text, "  shortest script ({} steps): {last}", short.steps.len());
    for step in &short.steps {
        _ = writeln!(text, "    {step:?}");
    }
    _ = write!(text, "  again with: --script {short}");
    Some(text)
}

fn commit() -> String {
    let output = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
