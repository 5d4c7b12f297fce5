//! Children: real processes, which are this program started again, and which do not outlive their parent's interest.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// What a child prints, line by line.
pub type Output = Lines<BufReader<ChildStdout>>;

/// A child process. It is killed when this is dropped.
#[derive(Debug)]
pub struct Doomed(Child);

impl Doomed {
    /// Starts `program child ARGUMENTS`.
    #[must_use]
    pub fn spawn(program: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.arg("child").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        // What is watched is the program's memory, not what an allocator sets aside for each of some hundred threads: freed
        // blocks that one of them kept are neither in use nor given back.
        command.env("MALLOC_ARENA_MAX", "2").env("MALLOC_MMAP_THRESHOLD_", "65536");
        command.env("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0");
        Self(command.spawn().expect("the program can be started"))
    }

    /// Its number in the system.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// The lines that it prints.
    ///
    /// # Panics
    /// The second time.
    pub fn lines(&mut self) -> Output {
        BufReader::new(self.0.stdout.take().expect("nobody else reads them")).lines()
    }

    /// Tells it that it may go: its input ends.
    pub fn dismiss(&mut self) {
        drop(self.0.stdin.take());
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// When it does not end well.
    pub fn expect_success(&mut self) -> Result<(), String> {
        let status = self.0.wait().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("a child: {status}")) }
    }

    /// SIGKILL, and waits until it is dead.
    pub fn kill(&mut self) {
        let _dead_already = self.0.kill();
        let _known = self.0.wait();
    }
}

impl Drop for Doomed {
    fn drop(&mut self) {
        self.kill();
    }
}
