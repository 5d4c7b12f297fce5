//! A process that things are done to.

use core::str::FromStr;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use bowline_runtime::Endpoint;

/// A process of the program in `src/bin/victim`. It does not outlive its test.
pub(crate) struct Victim {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Victim {
    pub(crate) fn spawn(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_victim"));
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    /// The value of the next line, which must have this name.
    #[track_caller]
    pub(crate) fn expect<T: FromStr>(&mut self, name: &str) -> T {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        let value = line.trim_end().strip_prefix(name).and_then(|value| value.trim_start().parse().ok());
        value.unwrap_or_else(|| panic!("{name} expected, {line:?} came"))
    }

    /// Where it listens.
    pub(crate) fn expect_ready(&mut self) -> Endpoint {
        self.expect("ready")
    }

    /// Says a line, for which it waits.
    pub(crate) fn go_on(&mut self) {
        self.input.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Whatever it still prints; it must end well.
    #[track_caller]
    pub(crate) fn expect_end(mut self) -> Vec<String> {
        drop(self.input.take());
        let lines = (&mut self.output).lines().map(Result::unwrap).collect();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}, after it said {lines:?}");
        lines
    }

    /// For how many nanoseconds each of its threads has run, or would have run if other processes had let it.
    pub(crate) fn wanted_to_run(&self) -> BTreeMap<PathBuf, u64> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let of_thread = |path: PathBuf| {
            let text = fs::read_to_string(path.join("schedstat")).ok()?;
            let numbers = text.split_whitespace().take(2).filter_map(|number| number.parse::<u64>().ok());
            Some((path, numbers.sum()))
        };
        threads.flatten().filter_map(|thread| of_thread(thread.path())).collect()
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _known = self.child.wait();
    }
}
