"""Replies in the whole program: a server in another process, a terminal, the journal on.

CPU is that of the application's process with all its threads, from Enter until half a second after
the last token is on the screen; a short reply before has loaded what a first reply loads. The floor
is a bare application that appends the same text to a `Log`, in the same run.
"""

from __future__ import annotations

import math
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench.program import Program, Told, cpu, floor, oi_tui, resident, server
from tests.bench.table import Row
from tests.bench.text import end_mark, mark

SIZES = (2_000, 20_000, 50_000)
WARM_UP = 200  # tokens
AFTER = 0.5  # seconds of painting that still count
COST_LIMIT = 0.5  # milliseconds of CPU a token
EXPONENT_LIMIT = 1.1
RATE = 100  # tokens a second
AT_RATE = 2_000  # tokens
SHARE_LIMIT = 25  # percent of a core
Start = Callable[[Path, str], Program]


@dataclass(frozen=True, slots=True)
class Streamed:
    """What one reply took. `wall`: from Enter to its last token on the screen, in seconds."""

    cpu: float
    wall: float
    before: float  # MiB resident
    after: float


def rows() -> list[Row]:
    """Measure; about a minute."""
    with server() as (base, told):
        ours = _full_speed(oi_tui, base)
        bare = _full_speed(floor, base)
        return [*_compared(ours, bare), *_at_rate(base, told)]


def _full_speed(start: Start, base: str) -> list[Streamed]:
    """Stream a reply of each size, each in a program of its own."""
    found = []
    for count in SIZES:
        with tempfile.TemporaryDirectory() as home, start(Path(home), base) as program:
            program.wait_ready()
            _stream(program, WARM_UP)
            found.append(_stream(program, count))
    return found


def _stream(program: Program, count: int) -> Streamed:
    process = program.application()
    end = program.look_for(end_mark(count))
    before, used = resident(process), cpu(process)
    began = program.prompt(f"reply {count} 0")
    wall = program.wait(end) - began
    time.sleep(AFTER)
    return Streamed(cpu(process) - used, wall, before, resident(process))


def _compared(ours: list[Streamed], bare: list[Streamed]) -> list[Row]:
    found = []
    for count, our, low in zip(SIZES, ours, bare, strict=True):
        name = f"reply of {count:,} tokens"
        found += [
            Row(f"{name}: CPU a token", our.cpu / count * 1000, "ms", COST_LIMIT),
            Row(f"{name}: CPU a token, bare", low.cpu / count * 1000, "ms"),
            Row(f"{name}: CPU against bare", our.cpu / low.cpu, "x"),
            Row(f"{name}: last token on the screen", our.wall, "s"),
            Row(f"{name}: last token on the screen, bare", low.wall, "s"),
            Row(f"{name}: resident before", our.before, "MiB"),
            Row(f"{name}: resident after", our.after, "MiB"),
        ]
    return [
        *found,
        Row("replies: exponent of growth", _exponent(ours), "", EXPONENT_LIMIT),
        Row("replies: exponent of growth, bare", _exponent(bare), ""),
    ]


def _exponent(streamed: list[Streamed]) -> float:
    """Return the slope of CPU over size, both logarithmic, that fits best."""
    fit = statistics.linear_regression(
        [math.log(count) for count in SIZES], [math.log(one.cpu) for one in streamed]
    )
    return fit.slope


def _at_rate(base: str, told: Told) -> list[Row]:
    """Stream at the speed of a quick model: how far the screen is behind, what it costs."""
    with tempfile.TemporaryDirectory() as home, oi_tui(Path(home), base) as program:
        program.wait_ready()
        _stream(program, WARM_UP)
        process = program.application()
        numbers = range(50, AT_RATE, 50)
        sightings = {number: program.look_for(mark(number)) for number in numbers}
        end = program.look_for(end_mark(AT_RATE))
        told.forget()
        used, began = cpu(process), program.prompt(f"reply {AT_RATE} {RATE}")
        seconds = program.wait(end) - began
        share = (cpu(process) - used) / seconds
        sent = told.marks()
    lags = [(sightings[number].at - sent[number]) * 1000 for number in numbers]
    name = f"{AT_RATE:,} tokens at {RATE}/s"
    return [
        Row(f"{name}: token to screen, median", statistics.median(lags), "ms"),
        Row(f"{name}: token to screen, p95", statistics.quantiles(lags, n=20)[-1], "ms"),
        Row(f"{name}: last token to screen", (end.at - told.first("last")) * 1000, "ms"),
        Row(f"{name}: share of a core", share * 100, "%", SHARE_LIMIT),
    ]
