"""How fast the live output takes what programs write, and how keys feel meanwhile.

The emulator alone by kind of output; then a flood in an application inside a pseudo terminal, with
keys typed beside it: how much is shown a second, what it keeps resident, when a key is painted.
"""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from tests.bench.table import Row
from tests.support.waiting import wait_until
from tests.ui.output.corpus import KINDS, output

COLUMNS, ROWS = 100, 30
CORPUS = 2_000_000  # bytes of each kind
PIECE = 64 << 10
FLOOD = 100_000_000  # bytes
LONGEST = 40.0  # seconds
EVERY = 0.05  # seconds between two keys
SLOW_KINDS = ("redraw", "binary")
# Letters that occur nowhere else on the screen, so that one can be seen being painted.
KEYS = [chr(code) for code in [*range(0x3B1, 0x3C9), *range(0x430, 0x450), *range(0x561, 0x580)]]


def rows() -> list[Row]:
    """Measure; some 20 seconds."""
    return [*(_emulator(kind) for kind in KINDS), *_flood()]


def _emulator(kind: str) -> Row:
    from oi_tui.ui.emulator.terminal import Terminal

    data = output(kind, CORPUS // 4 if kind in SLOW_KINDS else CORPUS)
    best = 0.0
    for _ in range(2):
        terminal = Terminal(COLUMNS, ROWS)
        start = time.perf_counter()
        for at in range(0, len(data), PIECE):
            terminal.feed(data[at : at + PIECE])
        best = max(best, len(data) / 1e6 / (time.perf_counter() - start))
    return Row(f"emulator: {kind}", best, "MB/s")


def _flood() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        stats = Path(folder, "stats")
        master, slave = pty.openpty()
        os.set_blocking(master, False)
        environ = os.environ | {
            "COLUMNS": str(COLUMNS),
            "LINES": str(ROWS),
            "TERM": "xterm-256color",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.output", str(stats)],
            stdin=slave, stdout=slave, stderr=slave, env=environ, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        try:
            delays = sorted(_type_until(master, stats))
        finally:
            process.kill()
            process.wait()
            os.close(master)
        measured = json.loads(stats.read_text())
    return [
        Row("flood of 100 MB: shown", measured["bytes"] / 1e6 / measured["seconds"], "MB/s"),
        Row("flood of 100 MB: rows kept", measured["rows"], "rows"),
        Row("flood of 100 MB: resident", measured["resident"], "MB", 150),
        Row("flood: key to paint, median", delays[len(delays) // 2] * 1000, "ms"),
        Row("flood: key to paint, p95", delays[int(len(delays) * 0.95)] * 1000, "ms", 80),
    ]


def _type_until(master: int, stats: Path) -> list[float]:
    """Type one letter after the other; return after how many seconds each was painted."""
    delays, count, seen = list[float](), 0, b""
    started, end = stats.with_suffix(".started"), time.monotonic() + LONGEST
    asked = 0.0  # when the letter on its way was typed
    next_key = time.monotonic()
    while not stats.exists() and time.monotonic() < end:
        now = time.monotonic()
        if not asked and now >= next_key and started.exists():
            os.write(master, KEYS[count % len(KEYS)].encode())
            asked, seen = now, b""
        if not select.select([master], [], [], 0.005)[0]:
            continue
        seen = seen[-8:] + os.read(master, 1 << 16)
        if asked and KEYS[count % len(KEYS)].encode() in seen:
            delays.append(time.monotonic() - asked)
            asked, next_key, count = 0.0, time.monotonic() + EVERY, count + 1
            if count % 20 == 0:
                os.write(master, b"\x15")  # keep the field short
    return delays


def _run_application(stats: Path) -> None:
    """Flood a view in this process; write what was measured once all of it is shown."""
    from tests.ui.output.harness import Harness

    app, more = Harness(), threading.Event()
    tap = app.view.tap
    tap.bind_resume(lambda language: more.set())
    block = output("plain", 1 << 20)

    def program() -> None:
        wait_until(lambda: app.said, "the first size")
        app.call_from_thread(app.query_one("#prompt").focus)
        app.call_from_thread(app.view.begin_run, "bash", "flood")
        stats.with_suffix(".started").touch()
        start, sent = time.perf_counter(), 0
        while sent < FLOOD:
            while not tap.wants_output("bash"):
                more.wait(0.05)
                more.clear()
            at = sent % (len(block) - PIECE)
            tap.output("bash", block[at : at + PIECE])
            sent += PIECE
        terminal = app.terminal("bash")
        wait_until(lambda: terminal.drain.fed >= sent, "all of it to be shown")
        seconds = time.perf_counter() - start
        history = terminal.rows.terminal.history
        measured = {
            "bytes": sent,
            "seconds": seconds,
            "rows": history.end - history.first,
            "resident": psutil.Process().memory_info().rss / 1e6,
        }
        partial = stats.with_suffix(".partial")
        partial.write_text(json.dumps(measured))
        partial.rename(stats)

    threading.Thread(target=program, daemon=True).start()
    app.run()


if __name__ == "__main__":
    _run_application(Path(sys.argv[1]))
