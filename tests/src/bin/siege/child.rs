//! The processes that a siege starts: this program again, in another role.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use bowline_tests::certificates;

use crate::figures;
use crate::options::Options;
use crate::tally::Tally;

/// One of them; it does not outlive its siege.
pub(crate) struct Helper {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

/// The path of this program.
pub(crate) fn own_program() -> OsString {
    std::env::current_exe().expect("this program has a path").into()
}

/// The options that mean the same in every process.
pub(crate) fn passed_on(options: &Options) -> Vec<String> {
    let mut passed = vec![
        format!("--connections={}", options.connections),
        format!("--seconds={}", options.seconds),
        format!("--tick={}", options.tick),
    ];
    passed.extend(options.strict_latency.then(|| "--strict-latency".to_owned()));
    passed
}

impl Helper {
    pub(crate) fn start(arguments: &[String]) -> Self {
        let mut command = Command::new(own_program());
        let (variable, pass) = certificates::lent();
        command.args(arguments).env(variable, pass).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("this program can be run again");
        let commands = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { child, commands, answers }
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        let _ended = self.answers.read_line(&mut line);
        line
    }

    /// Tells it to go on.
    pub(crate) fn tell(&mut self) {
        let _gone = self.commands.as_mut().map(|commands| writeln!(commands));
    }

    /// Tells it to finish, and waits until it has; what it counted, and whether it ended well.
    pub(crate) fn finish(mut self) -> (Tally, bool) {
        self.tell();
        drop(self.commands.take());
        let tally = Tally::read(&mut self.answers);
        let ended_well = self.child.wait().is_ok_and(|status| status.success());
        (tally, ended_well)
    }

    /// How many milliseconds of processor time it has used.
    pub(crate) fn processor_time(&self) -> u64 {
        fs::read_to_string(format!("/proc/{}/stat", self.child.id()))
            .map_or(0, |stat| figures::processor_time(&stat))
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _dead_already = self.child.kill();
        let _known = self.child.wait();
    }
}
