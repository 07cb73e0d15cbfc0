"""From the command to a prompt that takes text, beside a bare Textual application of the same run.

Also what the application keeps resident and what it does while nobody does anything.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from tests.bench.table import Row
from tests.support.terminal import Terminal

ROUNDS = 7
IDLE_SECONDS = 3.0
MARK = "What should be done?"
BARE = f"""
from textual.app import App
from textual.widgets import Input
class Bare(App):
    def compose(self):
        yield Input(placeholder={MARK!r})
Bare().run()
"""
OURS = [sys.executable, "-m", "oi_tui", "-m", "nobody"]  # with a model: no first-run page
MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds until the prompt, and CPU seconds of everything until then."""

    wall: float
    cpu: float


def rows() -> list[Row]:
    """Measure alternately, so that a busy moment meets both."""
    with tempfile.TemporaryDirectory() as home:
        bare_command = [sys.executable, "-c", BARE]
        for command in (bare_command, OURS):
            _start(command, home)  # warms the disk's cache
        pairs = [(_start(bare_command, home), _start(OURS, home)) for _ in range(ROUNDS)]
        bare = _middle([pair[0] for pair in pairs])
        ours = _middle([pair[1] for pair in pairs])
        resident, idle = _at_rest(home)
    return [
        Row("bare Textual app: first prompt, wall", bare.wall * 1000, "ms"),
        Row("oi-tui: first prompt, wall", ours.wall * 1000, "ms"),
        Row("first prompt, wall, against bare", ours.wall / bare.wall, "x", 1.35),
        Row("bare Textual app: first prompt, CPU", bare.cpu * 1000, "ms"),
        Row("oi-tui: first prompt, CPU", ours.cpu * 1000, "ms"),
        Row("first prompt, CPU, against bare", ours.cpu / bare.cpu, "x"),
        Row("application at rest, resident", resident, "MiB", 80),
        Row("application at rest, CPU", idle * 100, "%", 1),
    ]


def _environment(home: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "OI_TUI_HOME": home,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
    }


def _start(command: Sequence[str], home: str) -> Start:
    begin = time.perf_counter()
    with Terminal(command, environ=_environment(home)) as terminal:
        terminal.wait_screen(MARK)
        wall = time.perf_counter() - begin
        cpu = sum(_cpu(process) for process in _tree(terminal.pid))
        for process in reversed(_tree(terminal.pid)):
            process.kill()
        terminal.wait_exit()
    return Start(wall, cpu)


def _tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _middle(starts: Sequence[Start]) -> Start:
    return Start(
        statistics.median(start.wall for start in starts),
        statistics.median(start.cpu for start in starts),
    )


def _at_rest(home: str) -> tuple[float, float]:
    """Return the resident MiB of guardian and application, and the share of a core they use."""
    with Terminal(OURS, environ=_environment(home)) as terminal:
        terminal.wait_screen(MARK)
        terminal.settle(1.0)
        guardian = psutil.Process(terminal.pid)
        processes = [guardian, *guardian.children()]
        before = sum(map(_cpu, processes))
        begin = time.perf_counter()
        terminal.settle(IDLE_SECONDS, longest=IDLE_SECONDS)
        idle = (sum(map(_cpu, processes)) - before) / (time.perf_counter() - begin)
        resident = sum(process.memory_info().rss for process in processes) / MEBIBYTE
    return resident, idle
