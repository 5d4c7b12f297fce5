"""Programs on terminals of their own, one above the other, and what is to be seen there over time."""
import fcntl
import os
import pty
import selectors
import shlex
import signal
import struct
import subprocess
import termios
import time

import pyte

COLUMNS = 96
FRAMES_PER_SECOND = 10
# Nothing in a scene takes as long.
PATIENCE = 60
PROMPT = "\x1b[1;32m$\x1b[0m "


class Stage:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.panes = []
        self.frames = []
        self.selector = selectors.DefaultSelector()

    def file(self, name, size):
        """Random bytes under this name, for the programs to work with."""
        (self.folder / name).write_bytes(os.urandom(size))

    def directory(self, name):
        (self.folder / name).mkdir()

    def run(self, command, rows):
        pane = Pane(command, rows, self.program, self.folder)
        self.panes.append(pane)
        self.selector.register(pane.master, selectors.EVENT_READ, pane)
        return pane

    def watch(self, pane, until=None):
        """Takes frames until the program has ended, or has said these words."""
        give_up = time.monotonic() + PATIENCE
        while not (pane.says(until) if until else pane.ended):
            if time.monotonic() > give_up or pane.ended:
                raise RuntimeError("not what was to be seen:\n" + "\n".join(pane.screen.display))
            self.take_frame()

    def take_frame(self):
        now = time.monotonic()
        shot = now + 1 / FRAMES_PER_SECOND
        while (rest := shot - time.monotonic()) > 0:
            for key, _ in self.selector.select(rest):
                if not key.data.drain():
                    self.selector.unregister(key.fd)
            if not self.selector.get_map():
                break
        self.frames.append((now, self.picture()))

    def picture(self):
        """The panes with a gap between them."""
        rows = []
        for pane in self.panes:
            rows += [*([[]] if rows else []), *pane.picture()]
        return rows

    def clear(self):
        for pane in self.panes:
            pane.close()


class Pane:
    def __init__(self, command, rows, program, folder):
        self.command, self.ended = command, False
        self.screen = pyte.Screen(COLUMNS, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.stream.feed(f"{PROMPT}\x1b[1m{command}\x1b[0m\r\n".encode())
        self.master, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, COLUMNS, 0, 0))
        words = [str(program), *shlex.split(command)[1:]]
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen(
            words, cwd=folder, env=environment, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True
        )
        os.close(terminal)

    def drain(self):
        """Takes in what the program has written; False when it has let go of its terminal."""
        try:
            written = os.read(self.master, 65536)
        except OSError:
            written = b""
        if not written:
            self.process.wait()
            self.ended = True
        self.stream.feed(written)
        return bool(written)

    def says(self, words):
        return any(words in line for line in self.screen.display)

    def picture(self):
        """The rows as lists of cells."""
        return [[self.screen.buffer[y][x] for x in range(COLUMNS)] for y in range(self.screen.lines)]

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
