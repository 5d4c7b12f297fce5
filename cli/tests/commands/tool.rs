//! Running the tool, and looking at what it says. Nothing here waits for ever.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};

use bowline_tests::watchdog;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use serde_json::Value;
use tempfile::TempDir;

/// A command that takes as long as the server lives that has started it.
pub(crate) const BUSY: &str = "while kill -0 $PPID; do sleep 0.2; done";

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    /// 0 to 255, or -1 after a signal.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A run that goes on.
pub(crate) struct Running {
    child: Child,
    /// The lines of standard output and standard error, as they come.
    lines: Receiver<(Stream, String)>,
    readers: Vec<JoinHandle<()>>,
    ran: Ran,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Stdout,
    Stderr,
}

/// A folder of a test's own, and endpoints in it.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn endpoint(&self, name: &str) -> String {
        format!("unix://{}", self.path(name))
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("UTF-8").to_owned()
    }

    /// Makes a folder.
    pub(crate) fn folder(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::create_dir(&path).expect("a folder");
        path
    }

    /// Makes a file.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).expect("a file");
        path
    }
}

/// Runs to the end, with this as standard input.
pub(crate) fn run(arguments: &[&str], input: &[u8]) -> Ran {
    let mut running = start(arguments);
    running.say(input);
    running.end()
}

/// Starts a run, whose standard input is open.
pub(crate) fn start(arguments: &[&str]) -> Running {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bowline"))
        .args(arguments)
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    let (sender, lines) = mpsc::channel();
    let (stdout, stderr) = (child.stdout.take().expect("stdout"), child.stderr.take().expect("stderr"));
    let readers = vec![
        read(Box::new(stdout), Stream::Stdout, sender.clone()),
        read(Box::new(stderr), Stream::Stderr, sender),
    ];
    Running { child, lines, readers, ran: Ran { code: -1, stdout: String::new(), stderr: String::new() } }
}

/// Starts a server, and waits until it listens.
pub(crate) fn serve(endpoint: &str, options: &[&str]) -> Running {
    let mut running = start(&[&["serve", endpoint], options].concat());
    running.until("listening on");
    running
}

fn read(
    stream: Box<dyn Read + Send>,
    which: Stream,
    lines: mpsc::Sender<(Stream, String)>,
) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        while stream.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
            let line = String::from_utf8_lossy(&bytes).into_owned();
            bytes.clear();
            if lines.send((which, line)).is_err() {
                return;
            }
        }
    })
}

impl Running {
    /// Writes all of standard input, and ends it.
    pub(crate) fn say(&mut self, input: &[u8]) {
        self.type_in(input);
        drop(self.child.stdin.take());
    }

    /// Writes to standard input, which stays open.
    pub(crate) fn type_in(&mut self, input: &[u8]) {
        // Whoever does not read it has ended, and the test will see that.
        let _unread = self.child.stdin.as_mut().expect("stdin is open").write_all(input);
    }

    /// Waits for a line with these words, on whichever stream, and yields it.
    pub(crate) fn until(&mut self, words: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(watchdog::PATIENCE);
            let (stream, line) = line.unwrap_or_else(|_| panic!("never said: {words}; but: {:?}", self.ran));
            self.ran.keep(stream, &line);
            if line.contains(words) {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("it is there");
    }

    /// Stops it, until it is continued. On a busy machine its threads run on for a while: it waits until all stand still.
    pub(crate) fn hold(&self) {
        self.signal(Signal::STOP);
        let changed = waitpid(Some(self.pid()), WaitOptions::UNTRACED).expect("it is a child");
        assert!(changed.is_some_and(|(_, status)| status.stopped()), "{changed:?}");
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().expect("a number")).expect("not zero")
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it can be asked").is_some()
    }

    /// The same, of one that may have ended.
    pub(crate) fn signal_if_there(&mut self, signal: Signal) {
        if !self.has_ended() {
            self.signal(signal);
        }
    }

    /// Waits for an end that it comes to by itself, while its standard input stays open.
    pub(crate) fn end_when_gone(mut self) -> Ran {
        watchdog::until("the tool ends by itself", || self.has_ended());
        self.end()
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ran {
        drop(self.child.stdin.take());
        let status =
            watchdog::eventually("the tool ends", || self.child.try_wait().expect("it can be asked"));
        self.readers.drain(..).for_each(|reader| reader.join().expect("it reads"));
        while let Ok((stream, line)) = self.lines.try_recv() {
            self.ran.keep(stream, &line);
        }
        let nothing = Ran { code: -1, stdout: String::new(), stderr: String::new() };
        Ran { code: status.code().unwrap_or(-1), ..core::mem::replace(&mut self.ran, nothing) }
    }

    /// Ctrl-C, and what came of it.
    pub(crate) fn stop(self) -> Ran {
        self.signal(Signal::INT);
        self.end()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _gone = self.child.wait();
    }
}

impl Ran {
    fn keep(&mut self, stream: Stream, line: &str) {
        match stream {
            Stream::Stdout => self.stdout.push_str(line),
            Stream::Stderr => self.stderr.push_str(line),
        }
    }

    /// Checks the exit code.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Each line of standard output, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.stdout.lines().map(parse).collect()
    }

    /// The one line of standard output that is this event.
    #[track_caller]
    pub(crate) fn event(&self, name: &str) -> Value {
        let found: Vec<_> = self.json().into_iter().filter(|value| value["event"] == name).collect();
        assert_eq!(found.len(), 1, "{name}: {self:#?}");
        found[0].clone()
    }
}
