"""From Enter to the request on the wire and the first token on screen, in the whole program.

Warm and cold, directly and through LiteLLM.

Cold means: Enter as soon as the first prompt takes text; what loads meanwhile is then part of the
wait, and the screen has to say that something goes on. The server notes when it has read a request.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
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
    asked = _warm(base, told, flags, model)
    waits, tokens = sorted(one.wire for one in asked), sorted(one.token for one in asked)
    return [
        Row(f"Enter to wire, {name}, warm, median", statistics.median(waits), "ms", WARM_LIMIT),
        Row(f"Enter to wire, {name}, warm, worst of {ROUNDS}", waits[-1], "ms"),
        Row(f"Enter to first token on screen, {name}, warm, median", _middle(tokens), "ms"),
        Row(f"Enter to first token on screen, {name}, warm, worst", tokens[-1], "ms"),
        Row(f"Enter to wire, {name}, cold", _middle([cold.wire for cold, _ in colds]), "ms"),
        Row(
            f"Enter to first token on screen, {name}, cold",
            _middle([cold.token for cold, _ in colds]),
            "ms",
        ),
        Row(
            f"Enter to `{THINKING}` on the screen, {name}, cold",
            _middle([thinking for _, thinking in colds]),
            "ms",
        ),
    ]


_middle = statistics.median


@dataclass(frozen=True, slots=True)
class _Asked:
    """Milliseconds from Enter to the request on the wire, and to the answer's word on screen."""

    wire: float
    token: float


def _warm(base: str, told: Told, flags: tuple[str, ...], model: str) -> list[_Asked]:
    with (
        tempfile.TemporaryDirectory() as home,
        oi_tui(Path(home), base, *flags, model=model) as program,
    ):
        program.wait_ready()
        _ask(program, told, 0)
        return [_ask(program, told, number) for number in range(1, ROUNDS + 1)]


def _ask(program: Program, told: Told, number: int) -> _Asked:
    """Send a prompt; its answer is one word that was never on the screen before."""
    told.forget()
    word = f"measured{number:02d}drow"
    answer = program.look_for(word[::-1])
    entered = program.prompt(f"say {word}")
    asked = _Asked(
        (told.first("request") - entered) * 1000, (program.wait(answer) - entered) * 1000
    )
    time.sleep(PAUSE)
    return asked


def _cold(base: str, told: Told, flags: tuple[str, ...], model: str) -> tuple[_Asked, float]:
    """Return the same for a prompt at once, and when the screen says that it is at it."""
    with (
        tempfile.TemporaryDirectory() as home,
        oi_tui(Path(home), base, *flags, model=model) as program,
    ):
        program.wait_ready()
        told.forget()
        thinking = program.look_for(THINKING)
        answer = program.look_for("dlocderusaem")
        entered = program.prompt("say measuredcold")
        asked = _Asked(
            (told.first("request") - entered) * 1000, (program.wait(answer) - entered) * 1000
        )
        # Where the answer is there before, the screen had nothing to say.
        said = (thinking.at - entered) * 1000 if thinking.at else asked.token
        return asked, min(said, asked.token)
