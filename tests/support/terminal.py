"""The real program in a pseudo terminal: typed at by keys, read as a screen and as raw bytes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import pyte

from tests.support.drawn import drawn_rows
from tests.support.tokens import whole_length

DEADLINE = 30.0  # seconds; reached only when a test has failed
KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "page_up": "\x1b[5~",
    "page_down": "\x1b[6~",
    "alt+up": "\x1b[1;3A",
    "alt+down": "\x1b[1;3B",
    "shift+enter": "\x1b[13;2u",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
    "f4": "\x1bOS",
    "f5": "\x1b[15~",
    "f6": "\x1b[17~",
    "f9": "\x1b[20~",
}
# pyte shows these as text; they carry nothing that is drawn.
_NOT_DRAWN = re.compile(rb"\x1b\[[<=>][0-9;]*u|\x1b\[\?[0-9;]*\$p")


class Terminal:
    """One program in a terminal of its own. Use as a context manager: it ends what it started."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
        columns: int = 120,
        rows: int = 40,
    ) -> None:
        self.raw = bytearray()
        self.exit_code: int | None = None  # negative: ended by that signal
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._unfed = b""
        self._rows: list[str] = []  # as last drawn; empty: to be drawn anew
        self._master, self.slave = pty.openpty()
        self.resize(columns, rows)
        self.settings_before = termios.tcgetattr(self.slave)
        self.pid = _spawn(list(command), self.slave, dict(environ or os.environ), folder)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if error is not None:
            error.add_note("the terminal showed:\n" + self.text)
        self.end()

    # -- what it shows ------------------------------------------------------------------------
    @property
    def rows(self) -> list[str]:
        """The screen's rows, wide characters in their place, ends trimmed."""
        if not self._rows:
            self._rows = drawn_rows(self._screen)
        return self._rows

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.rows).rstrip()

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row, from 0."""
        return self._screen.cursor.x, self._screen.cursor.y

    def settings(self) -> list[Any]:
        """The terminal's settings now (termios)."""
        return termios.tcgetattr(self.slave)

    def read(self, seconds: float = 0.02) -> bool:
        """Take what the program wrote, waiting at most so long; False if there was nothing."""
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.raw += data
        self._feed(data)
        return bool(data)

    def _feed(self, data: bytes) -> None:
        data = self._unfed + data
        end = whole_length(data)
        self._unfed = data[end:]
        self._rows = []
        self._stream.feed(_NOT_DRAWN.sub(b"", data[:end]))

    def wait(self, condition: Any, what: str, seconds: float = DEADLINE) -> None:
        """Read until `condition()` is true; fail after so many seconds."""
        end = time.monotonic() + seconds
        while not condition():
            ended = self.poll() is not None
            if not self.read() and ended and not condition():
                raise AssertionError(f"it ended ({self.exit_code}) before {what}")
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds:g} s for {what}")

    def wait_at_most(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Read until `condition()` is true, for so many seconds; return whether it is."""
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            self.read()
        return condition()

    def wait_screen(self, *texts: str, seconds: float = DEADLINE) -> None:
        """Read until every one of these texts is on the screen."""
        self.wait(lambda: all(text in self.text for text in texts), repr(texts), seconds)

    def wait_no_screen(self, text: str, seconds: float = DEADLINE) -> None:
        """Read until this text is not on the screen."""
        self.wait(lambda: text not in self.text, f"{text!r} to go", seconds)

    def wait_raw(self, data: bytes, seconds: float = DEADLINE) -> None:
        """Read until these bytes were written."""
        self.wait(lambda: data in self.raw, repr(data), seconds)

    def settle(self, seconds: float = 0.3, longest: float = 3.0) -> None:
        """Read until nothing has come for so long; a cursor that blinks may never let it end."""
        end = time.monotonic() + longest
        while self.read(seconds) and time.monotonic() < end:
            pass

    # -- what it is told ----------------------------------------------------------------------
    def send(self, data: bytes) -> None:
        """Write bytes as the terminal would, reading meanwhile so that nobody blocks."""
        while data:
            _, writable, _ = select.select([], [self._master], [], 0.05)
            if writable:
                data = data[os.write(self._master, data[:512]) :]
            self.read(0)

    def type(self, text: str) -> None:
        """Type text, one key after the other."""
        for character in text:
            self.send(character.encode())

    def key(self, *names: str) -> None:
        """Press keys by name: `enter`, `escape`, `f4`, `ctrl+c`, or a character."""
        for name in names:
            if name.startswith("ctrl+") and len(name) == 6:
                self.send(bytes([ord(name[-1]) & 0x1F]))
            else:
                self.send(KEYS.get(name, name).encode())

    def paste(self, text: str) -> None:
        """Paste text with the marks of bracketed paste."""
        self.send(b"\x1b[200~" + text.encode() + b"\x1b[201~")

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._screen.resize(rows, columns)
        self._rows = []

    def kill(self, number: int = signal.SIGKILL, pid: int | None = None) -> None:
        """Send a signal to the program, or to another process."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid if pid is None else pid, number)

    def hang_up(self) -> None:
        """Take the terminal away, as a lost connection does."""
        os.close(self.slave)
        os.close(self._master)
        self._master = self.slave = -1

    # -- its end ------------------------------------------------------------------------------
    def poll(self) -> int | None:
        """Return the exit code if the program has ended (negative: by that signal)."""
        if self.exit_code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.exit_code = os.waitstatus_to_exitcode(status)
        return self.exit_code

    def wait_exit(self, seconds: float = DEADLINE) -> int:
        """Read until the program ended; return its exit code."""
        if self._master < 0:
            end = time.monotonic() + seconds
            while self.poll() is None and time.monotonic() < end:
                time.sleep(0.005)
        else:
            self.wait(lambda: self.poll() is not None, "the end", seconds)
            self.settle(0.05)
        if self.exit_code is None:
            raise AssertionError(f"did not end in {seconds:g} s")
        return self.exit_code

    def end(self) -> None:
        """End the program if it still runs, and give the terminal back."""
        if self.poll() is None:
            self.kill(signal.SIGTERM)
            with contextlib.suppress(AssertionError):
                self.wait_exit(5)
        if self.poll() is None:
            self.kill(signal.SIGKILL)
            os.waitpid(self.pid, 0)
        for descriptor in (self._master, self.slave):
            if descriptor >= 0:
                os.close(descriptor)
        self._master = self.slave = -1


def _spawn(command: list[str], slave: int, environ: dict[str, str], folder: Path | None) -> int:
    """Start a program as the leader of a session whose terminal is `slave`."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for descriptor in (0, 1, 2):
            os.dup2(slave, descriptor)
        os.closerange(3, 256)
        if folder is not None:
            os.chdir(folder)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTSTP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.execvpe(command[0], command, environ)  # returns only by raising
    finally:
        os._exit(127)
