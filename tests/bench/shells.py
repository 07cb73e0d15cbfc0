"""What the shells cost: round trips, floods and stopping, beside the bare thing if there is one.

`python -m tests.bench.shells` prints a table, in less than a minute.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from oi_tui.shells.base import OutputArrived, RunEnded
from oi_tui.shells.environment import child_environment
from oi_tui.shells.pool import ShellPool
from tests.bench.table import Row, markdown

ROUND_TRIPS = 200
LINES = 1_000_000
BURST = 100  # MB


@contextmanager
def _pool() -> Iterator[ShellPool]:
    pool = ShellPool(folder="/")
    try:
        yield pool
    finally:
        pool.close()


def _run(pool: ShellPool, language: str, code: str) -> tuple[float, int]:
    """Run to the end; return seconds and bytes of output."""
    data = code.encode()
    digest = hashlib.sha256(data).hexdigest()
    start, size = time.perf_counter(), 0
    for part in pool.run(language, data, digest):
        if isinstance(part, OutputArrived):
            size += len(part.data)
    return time.perf_counter() - start, size


def _summary(name: str, seconds: list[float], limit: float | None) -> list[Row]:
    return [
        Row(f"{name}, median", statistics.median(seconds) * 1000, "ms", limit),
        Row(f"{name}, p95", _p95(seconds) * 1000, "ms"),
    ]


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


def round_trips() -> list[Row]:
    """Time trivial runs; for Python beside an IPython kernel, if there is one."""
    rows = []
    with _pool() as pool:
        for language, code, limit in (("python", "1+1", 2.0), ("bash", ":", 5.0)):
            _run(pool, language, code)
            times = [_run(pool, language, code)[0] for _ in range(ROUND_TRIPS)]
            rows += _summary(f"round trip of `{code}` in {language}", times, limit)
    kernel = _kernel_round_trips()
    return rows + (_summary("the same in an IPython kernel", kernel, None) if kernel else [])


def _kernel_round_trips() -> list[float] | None:
    if not (importlib.util.find_spec("ipykernel") and importlib.util.find_spec("jupyter_client")):
        return None
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel()
    try:
        times = []
        for _ in range(50):
            start = time.perf_counter()
            client.execute_interactive("1+1", output_hook=lambda message: None)
            times.append(time.perf_counter() - start)
        return times
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def printed_lines() -> list[Row]:
    """Time a million printed lines beside the same interpreter writing into a pipe."""
    code = f"for i in range({LINES}): print('line', i)"
    with _pool() as pool:
        _run(pool, "python", "1")
        ours, size = _run(pool, "python", code)
        assert size > LINES
        bare, bare_size = _bare(pool, code)
        assert bare_size == size - LINES  # the terminal adds a carriage return to each
    name = f"{LINES:,} printed lines"
    return [Row(name, ours, "s"), Row(f"{name}, times a bare pipe", ours / bare, "x", 3.0)]


def burst() -> list[Row]:
    """Time a large output in large pieces beside a pipe."""
    code = f"import sys\nfor i in range({BURST * 100}): sys.stdout.write('x' * 9999 + '\\n')"
    with _pool() as pool:
        _run(pool, "python", "1")
        ours, _ = _run(pool, "python", code)
        bare, _ = _bare(pool, code)
    name = f"{BURST} MB in pieces of 10 kB"
    return [Row(name, ours, "s"), Row(f"{name}, times a bare pipe", ours / bare, "x")]


def _bare(pool: ShellPool, code: str) -> tuple[float, int]:
    """Run in a fresh interpreter that writes into a pipe; return seconds and bytes."""
    command = [pool.interpreter("python"), "-c", code]
    start = time.perf_counter()
    done = subprocess.run(
        command, stdout=subprocess.PIPE, check=True, env=child_environment(os.environ)
    )
    return time.perf_counter() - start, len(done.stdout)


def stopping() -> list[Row]:
    """Time Ctrl-C to the finished run, in a busy loop and under a flood."""
    rows = []
    for name, code, limit in (
        ("Ctrl-C in `while True: pass`", "print('on')\nwhile True: pass", 100.0),
        ("Ctrl-C under a flood", "while True: print('y' * 70)", 500.0),
    ):
        with _pool() as pool:
            times = [_stop(pool, code) for _ in range(10)]
        rows += [Row(f"{name}, worst of 10", max(times) * 1000, "ms", limit)]
    return rows


def _stop(pool: ShellPool, code: str) -> float:
    data = code.encode()
    stopped: list[float] = []

    def interrupt() -> None:
        stopped.append(time.perf_counter())
        pool.interrupt()

    timer = threading.Timer(0.2, interrupt)
    for part in pool.run("python", data, hashlib.sha256(data).hexdigest()):
        if isinstance(part, OutputArrived) and not timer.is_alive() and not stopped:
            timer.start()
        if isinstance(part, RunEnded):
            return time.perf_counter() - stopped[0]
    raise AssertionError("a run without an end")


MEASUREMENTS: tuple[Callable[[], list[Row]], ...] = (round_trips, printed_lines, burst, stopping)


def rows() -> list[Row]:
    """Measure everything."""
    return [row for measure in MEASUREMENTS for row in measure()]


if __name__ == "__main__":
    print(markdown(rows()))
