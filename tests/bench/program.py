"""A whole program in a pseudo terminal, watched from outside without disturbing it.

What it writes is read raw by a thread and searched for marks as it comes: no screen is kept, so
nothing here takes part in what is measured. Times are those of the monotonic clock, which a server
in another process shares.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

DEADLINE = 30.0  # seconds
PROMPT = "What should be done?"
IDLE = "Enter send"  # what the line of keys says once the engine is at rest
MEBIBYTE = 1 << 20
ROOT = str(Path(__file__).parents[2])
_LONGEST_MARK = 64  # bytes


@dataclass(slots=True)
class Sighting:
    """A mark to look for in what comes; `at`: when it came, 0.0 until then."""

    mark: bytes
    at: float = 0.0
    seen: threading.Event = field(default_factory=threading.Event)


class Program:
    """One program in a terminal of its own; a context manager that ends what it started."""

    def __init__(
        self,
        command: Sequence[str],
        home: Path,
        environ: Mapping[str, str] | None = None,
        columns: int = 120,
        rows: int = 40,
    ) -> None:
        self.written = 0  # bytes
        self._rest = b""
        self._lock = threading.Lock()
        self._sightings: list[Sighting] = []
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._ready = self.look_for(PROMPT[1:])  # the cursor may be on the first letter
        self._process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=home,
            env=environ or environment(home),
            preexec_fn=_own_terminal,
        )
        os.close(slave)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def __enter__(self) -> Program:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join(5)
        os.close(self._master)

    # -- what it writes -------------------------------------------------------------------------
    def look_for(self, mark: str) -> Sighting:
        """Look for a text in all that is written from now on."""
        sighting = Sighting(mark.encode())
        with self._lock:
            self._rest = b""
            self._sightings.append(sighting)
        return sighting

    def wait(self, sighting: Sighting, seconds: float = DEADLINE) -> float:
        """Wait until a text was written; return when that was."""
        if not sighting.seen.wait(seconds):
            raise AssertionError(f"waited {seconds:g} s for {sighting.mark!r}")
        return sighting.at

    def wait_ready(self) -> float:
        """Wait for the first prompt."""
        return self.wait(self._ready)

    def _read(self) -> None:
        while True:
            select.select([self._master], [], [])
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:
                return
            now = time.monotonic()
            with self._lock:
                self.written += len(data)
                text = self._rest + data
                for sighting in self._sightings:
                    if sighting.mark in text:
                        sighting.at = now
                        sighting.seen.set()
                self._sightings = [s for s in self._sightings if not s.at]
                self._rest = text[-_LONGEST_MARK:]

    # -- what it is told ------------------------------------------------------------------------
    def press(self, keys: str) -> float:
        """Write keys in one go; return when."""
        now = time.monotonic()
        os.write(self._master, keys.encode())
        return now

    def prompt(self, text: str) -> float:
        """Type a prompt and send it; return when Enter was pressed."""
        echo = self.look_for(text[-8:])
        for key in text:
            self.press(key)
            time.sleep(0.002)
        self.wait(echo)
        time.sleep(0.05)
        return self.press("\r")

    # -- what it uses ---------------------------------------------------------------------------
    def application(self) -> psutil.Process:
        """Return the process of the screen: the guardian's child, or the program itself."""
        own = psutil.Process(self._process.pid)
        return next(iter(own.children()), own)


def cpu(process: psutil.Process) -> float:
    """Return the CPU seconds of a process, all threads of it, none of its children."""
    times = process.cpu_times()
    return float(times.user + times.system)


def resident(process: psutil.Process) -> float:
    """Return the resident MiB of a process."""
    return float(process.memory_info().rss) / MEBIBYTE


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a program that keeps all its files below `home`."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "OI_TUI_HOME": str(home),
        "PYTHONPATH": ROOT,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
    }


def oi_tui(home: Path, base: str, *flags: str, model: str = "gpt-4-measured") -> Program:
    """Start the program as a person does, with a server of the person's own."""
    command = [sys.executable, "-m", "oi_tui", "-m", model, "-ab", base, *flags]
    return Program(command, home)


def floor(home: Path, base: str) -> Program:
    """Start the bare application; see `tests.bench.floor`."""
    return Program([sys.executable, "-m", "tests.bench.floor", base], home)


class Told:
    """What a server says, as it comes."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._said: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._lines:
            with self._changed:
                self._said.append(json.loads(line))
                self._changed.notify_all()

    def forget(self) -> None:
        """Forget what was said so far."""
        with self._changed:
            self._said.clear()

    def first(self, what: str, seconds: float = DEADLINE) -> float:
        """Return when something was said first since `forget`, waiting for it."""
        with self._changed:
            self._changed.wait_for(lambda: self._all(what), seconds)
            return float(self._all(what)[0]["at"])

    def marks(self) -> dict[int, float]:
        """Return when each mark was sent."""
        with self._changed:
            return {said["number"]: said["at"] for said in self._all("mark")}

    def _all(self, what: str) -> list[dict[str, Any]]:
        return [said for said in self._said if said["what"] == what]


@contextmanager
def server() -> Iterator[tuple[str, Told]]:
    """Yield the address of a server in another process, and what it tells."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        base = process.stdout.readline().strip()
        try:
            yield base, Told(iter(process.stdout))
        finally:
            process.stdin.close()


def _own_terminal() -> None:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
