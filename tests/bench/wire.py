"""From Enter to the request on the wire, in the whole program, warm and cold, on both ways.

Cold means: Enter as soon as the first prompt takes text; what loads meanwhile is then part of the
wait, and the screen has to say that something goes on. The server notes when it has read a request.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from tests.bench.program import Program, Told, oi_tui, server
from tests.bench.table import Row

WARM_LIMIT = 50  # ms
ROUNDS = 10
COLD_ROUNDS = 3
PAUSE = 0.6  # seconds; the answer is whole and painted by then
THINKING = "Waiting for"
HOSTED = "deepseek/measured"  # LiteLLM speaks the same format to it, in the worker
KEY = "sk-0000-measured"


def rows() -> list[Row]:
    """Measure; about half a minute."""
    with server() as (base, told):
        return [
            *_way("direct", base, told, ()),
            *_way("through LiteLLM", base, told, ("-ak", KEY), HOSTED),
        ]


def _way(
    name: str, base: str, told: Told, flags: tuple[str, ...], model: str = "gpt-4-measured"
) -> list[Row]:
    colds = [_cold(base, told, flags, model) for _ in range(COLD_ROUNDS)]
    waits = sorted(_warm(base, told, flags, model))
    return [
        Row(f"Enter to wire, {name}, warm, median", statistics.median(waits), "ms", WARM_LIMIT),
        Row(f"Enter to wire, {name}, warm, worst of {ROUNDS}", waits[-1], "ms"),
        Row(f"Enter to wire, {name}, cold", statistics.median(c[0] for c in colds), "ms"),
        Row(
            f"Enter to `{THINKING}` on the screen, {name}, cold",
            statistics.median(c[1] for c in colds),
            "ms",
        ),
    ]


def _warm(base: str, told: Told, flags: tuple[str, ...], model: str) -> list[float]:
    with (
        tempfile.TemporaryDirectory() as home,
        oi_tui(Path(home), base, *flags, model=model) as program,
    ):
        program.wait_ready()
        _ask(program, told)
        return [_ask(program, told) for _ in range(ROUNDS)]


def _ask(program: Program, told: Told) -> float:
    """Send a prompt; return the milliseconds until it was on the wire. Its answer is a word."""
    told.forget()
    entered = program.prompt("hello there")
    wait = told.first("request") - entered
    time.sleep(PAUSE)
    return wait * 1000


def _cold(base: str, told: Told, flags: tuple[str, ...], model: str) -> tuple[float, float]:
    """Return the milliseconds until the request, and until the screen says that it is at it."""
    with (
        tempfile.TemporaryDirectory() as home,
        oi_tui(Path(home), base, *flags, model=model) as program,
    ):
        program.wait_ready()
        told.forget()
        thinking = program.look_for(THINKING)
        entered = program.prompt("hello there")
        wait = told.first("request") - entered
        return wait * 1000, (program.wait(thinking) - entered) * 1000
