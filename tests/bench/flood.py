"""100 MB through the shell to the screen of the whole program, keys meanwhile, and stopping.

The output is Python's, in lines of 99 bytes (the terminal makes them 100). Every byte is counted
twice: by the run, in the journal, and by the shell alone, which is the bare part: the same code
through the same shell with nobody who draws.
"""

from __future__ import annotations

import hashlib
import statistics
import tempfile
import threading
import time
from pathlib import Path

import psutil

from oi_tui.protocol import events as ev
from oi_tui.shells.base import OutputArrived
from oi_tui.shells.pool import ShellPool
from oi_tui.store.reader import read_journal
from tests.bench.program import IDLE, Program, floor, oi_tui, server
from tests.bench.server import CODES
from tests.bench.table import Row

SIZE = 100_000_000  # bytes
RESIDENT_LIMIT = 150  # MB
ECHO_LIMIT = 80  # ms
BETWEEN_KEYS = 0.05  # seconds
STOPS = 5
AT_REST = 40  # keys typed into a bare application with nothing to do
RUNS = "python runs"
# Letters that occur nowhere else on the screen, so that one can be seen being painted.
KEYS = [chr(code) for code in [*range(0x3B1, 0x3C9), *range(0x430, 0x450), *range(0x561, 0x580)]]


def rows() -> list[Row]:
    """Measure; about forty seconds."""
    bare = _bare()
    with server() as (base, _told):
        return [
            *_at_rest(base),
            *_flood(base, bare),
            *_stops(base, "busy", "`while True: pass`", 100),
            *_stops(base, "endless", "a flood", 500),
        ]


def _bare() -> float:
    """Return the seconds that the shell alone takes."""
    code = CODES["flood"].encode()
    pool = ShellPool(folder="/")
    try:
        for _ in pool.run("python", b"1", hashlib.sha256(b"1").hexdigest()):
            pass
        began, size = time.monotonic(), 0
        for part in pool.run("python", code, hashlib.sha256(code).hexdigest()):
            if isinstance(part, OutputArrived):
                size += len(part.data)
        assert size == SIZE
        return time.monotonic() - began
    finally:
        pool.close()


def _at_rest(base: str) -> list[Row]:
    """Tell how quickly a key can be seen at all on this machine now."""
    with tempfile.TemporaryDirectory() as home, floor(Path(home), base) as program:
        program.wait_ready()
        time.sleep(1.0)
        delays = [_echo(program, KEYS[number]) for number in range(AT_REST)]
    return [
        Row("bare Textual field at rest: key to echo, median", statistics.median(delays), "ms"),
        Row("bare Textual field at rest: key to echo, p95", _p95(delays), "ms"),
    ]


def _echo(program: Program, key: str) -> float:
    """Type a letter; return after how many milliseconds it was painted."""
    echo = program.look_for(key)
    pressed = program.press(key)
    delay = (program.wait(echo) - pressed) * 1000
    time.sleep(BETWEEN_KEYS)
    return delay


def _flood(base: str, bare: float) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with oi_tui(home, base, "-y") as program:
            program.wait_ready()
            _run_once(program, "small")
            peak, running = Peak(program.application()), program.look_for(RUNS)
            program.prompt("run flood")
            began = program.wait(running)
            idle = program.look_for(IDLE)
            delays = _type_until(program, idle.seen)
            seconds = program.wait(idle) - began
            peak.stop()
        run = [e for e in _events(home) if isinstance(e, ev.RunFinished)][-1]
    return [
        Row("100 MB to the screen: bytes missing", abs(SIZE - run.output_bytes), "", 0),
        Row("100 MB to the screen", seconds, "s"),
        Row("100 MB to the screen, the shell alone", bare, "s"),
        Row("100 MB to the screen, against the shell alone", seconds / bare, "x"),
        Row("100 MB to the screen: most resident", peak.most / 1e6, "MB", RESIDENT_LIMIT),
        Row("100 MB to the screen: key to echo, median", statistics.median(delays), "ms"),
        Row("100 MB to the screen: key to echo, p95", _p95(delays), "ms", ECHO_LIMIT),
    ]


def _run_once(program: Program, name: str) -> None:
    """Start the shell and draw the output view for the first time."""
    running = program.look_for(RUNS)
    program.prompt(f"run {name}")
    program.wait(running)
    program.wait(program.look_for(IDLE))
    time.sleep(0.5)


def _type_until(program: Program, ended: threading.Event) -> list[float]:
    """Type letters into the prompt; return after how many milliseconds each was painted."""
    delays = list[float]()
    while not ended.is_set():
        delays.append(_echo(program, KEYS[len(delays) % len(KEYS)]))
        if len(delays) % 20 == 0:
            program.press("\x15")  # keeps the prompt short
    return delays


def _stops(base: str, name: str, words: str, limit: float) -> list[Row]:
    """Press Ctrl+C in a run; return the time to the prompt at rest on the screen."""
    times = []
    with tempfile.TemporaryDirectory() as folder, oi_tui(Path(folder), base, "-y") as program:
        program.wait_ready()
        _run_once(program, "small")
        for _ in range(STOPS):
            running = program.look_for(RUNS)
            program.prompt(f"run {name}")
            program.wait(running)
            time.sleep(1.0)
            idle = program.look_for(IDLE)
            pressed = program.press("\x03")
            times.append((program.wait(idle) - pressed) * 1000)
            time.sleep(0.3)
    return [
        Row(f"Ctrl+C to the prompt, {words}, median", statistics.median(times), "ms", limit),
        Row(f"Ctrl+C to the prompt, {words}, worst of {STOPS}", max(times), "ms"),
    ]


class Peak:
    """The most that a process was resident, looked at every 20 ms (bytes)."""

    def __init__(self, process: psutil.Process) -> None:
        self.most = 0
        self._process = process
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(0.02) and self._process.is_running():
            self.most = max(self.most, self._process.memory_info().rss)


def _events(home: Path) -> list[ev.Event]:
    (path,) = home.rglob("*.journal")
    return [envelope.event for envelope in read_journal(path).envelopes]


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
