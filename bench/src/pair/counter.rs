//! Counting the system calls of processes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::order::Side;

/// What counts, and where it writes to.
pub(super) struct Counter {
    tool: Option<Tool>,
    folder: PathBuf,
}

#[derive(Clone, Copy)]
enum Tool {
    /// The kernel counts; nothing is disturbed.
    Perf,
    /// Each call stops the process, so that its threads meet otherwise than they would.
    Strace,
}

impl Counter {
    /// Takes the first tool that works here, and says if there is none.
    pub(super) fn find(folder: &Path) -> Self {
        let mut counter = Self { tool: None, folder: folder.to_owned() };
        for tool in [Tool::Perf, Tool::Strace] {
            counter.tool = Some(tool);
            if counter.works() {
                return counter;
            }
        }
        eprintln!("neither perf nor strace can count system calls here: they are left out");
        counter.tool = None;
        counter
    }

    /// What a process has to be started by.
    pub(super) fn under(&self, side: Side) -> Vec<String> {
        let file = self.file(side).to_string_lossy().into_owned();
        let words: &[&str] = match self.tool {
            Some(Tool::Perf) => &["perf", "stat", "-x,", "-e", "raw_syscalls:sys_enter", "-o", &file],
            Some(Tool::Strace) => &["strace", "-f", "-c", "-U", "calls,name", "-o", &file],
            None => &[],
        };
        words.iter().map(|&word| word.to_owned()).collect()
    }

    /// What it has counted for both sides, once they have ended.
    pub(super) fn counted(&self) -> Option<u64> {
        Some(self.of(Side::Server)? + self.of(Side::Client)?)
    }

    fn of(&self, side: Side) -> Option<u64> {
        let text = fs::read_to_string(self.file(side)).ok()?;
        let number = |line: &str| line.split([',', ' ']).find(|word| !word.is_empty())?.parse().ok();
        match self.tool? {
            Tool::Perf => text.lines().find(|line| line.contains("sys_enter")).and_then(number),
            Tool::Strace => text.lines().find(|line| line.ends_with("total")).and_then(number),
        }
    }

    fn works(&self) -> bool {
        let words = self.under(Side::Server);
        let mut command = Command::new(&words[0]);
        let program = env::current_exe().unwrap_or_default();
        let ended = command.args(&words[1..]).arg(program).arg("--list").stdout(Stdio::null()).status();
        ended.is_ok_and(|status| status.success()) && self.of(Side::Server).is_some()
    }

    fn file(&self, side: Side) -> PathBuf {
        self.folder.join(format!("{side:?}.calls"))
    }
}
