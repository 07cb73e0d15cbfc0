"""What streaming a reply costs the whole application: CPU per token, and how it grows.

At full speed most tokens share a frame, so a second series paints every forty tokens at once, as
thirty frames a second at 1,200 tokens a second would. The floor is the same text appended to
Textual's `Log`, which draws no Markdown.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

from textual.app import App, ComposeResult
from textual.widgets import Log

from oi_tui.transcript import ProseBlock, Transcript
from oi_tui.ui.theming import VARIABLE_DEFAULTS
from oi_tui.ui.widgets.conversation import Conversation
from tests.bench.table import Row
from tests.bench.text import TOKEN, reply

SIZES = (2_000, 20_000, 50_000)
PAINTED = 40  # tokens a frame
COST_LIMIT = 0.5  # milliseconds of CPU a token
EXPONENT_LIMIT = 1.1
OPENING_LIMIT = 200  # milliseconds of CPU


class _Conversation(App[None]):
    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(VARIABLE_DEFAULTS)

    def compose(self) -> ComposeResult:
        yield Conversation()


class _Floor(App[None]):
    def compose(self) -> ComposeResult:
        yield Log()


async def _stream(
    app: App[None], begin: Callable[[], Callable[[str], None]], tokens: int, piece: int
) -> float:
    """Return the CPU seconds that streaming takes, painting included."""
    text = reply(tokens * TOKEN)
    async with app.run_test(size=(100, 40)) as pilot:
        add = begin()
        await pilot.pause()
        started = time.process_time()
        for at in range(0, len(text), piece * TOKEN):
            add(text[at : at + piece * TOKEN])
            await asyncio.sleep(0)
        await asyncio.sleep(0.1)
        await pilot.pause()
        return time.process_time() - started


def conversation_cost(tokens: int, painted: int = 0) -> float:
    """Return the CPU seconds of streaming a reply of so many tokens into the conversation.

    `painted`: paint after every so many tokens; 0: as the conversation itself decides.
    """
    app = _Conversation()

    def begin() -> Callable[[str], None]:
        view = app.query_one(Conversation)
        block = ProseBlock("m1", 1)
        view.show(Transcript())

        def add(token: str) -> None:
            block.pieces.append(token)
            view.update_block(block)
            if painted:
                view.flush()

        return add

    return asyncio.run(_stream(app, begin, tokens, painted or 1))


def floor_cost(tokens: int) -> float:
    """Return the CPU seconds of appending the same text to a `Log`."""
    app = _Floor()

    def begin() -> Callable[[str], None]:
        log = app.query_one(Log)

        def add(token: str) -> None:
            log.write(token)

        return add

    return asyncio.run(_stream(app, begin, tokens, 1))


def opening_cost(blocks: int) -> float:
    """Return the CPU seconds from a transcript in memory to its last page painted."""
    app = _Conversation()
    transcript = Transcript()
    text = reply(1200)
    transcript.blocks += [ProseBlock(f"m{n}", 1, [text], True) for n in range(blocks)]

    async def measure() -> float:
        async with app.run_test(size=(100, 40)) as pilot:
            await pilot.pause()
            started = time.process_time()
            app.query_one(Conversation).show(transcript)
            await pilot.pause()
            return time.process_time() - started

    return asyncio.run(measure())


def rows() -> list[Row]:
    """Measure everything; takes about fifteen seconds."""
    conversation_cost(500)  # imports and caches
    costs = [conversation_cost(tokens) for tokens in SIZES]
    found = [
        Row(f"streaming {tokens:,} tokens", 1000 * cost / tokens, "ms/token", COST_LIMIT)
        for tokens, cost in zip(SIZES, costs, strict=True)
    ]
    costs = [conversation_cost(tokens, PAINTED) for tokens in SIZES]
    found += [
        Row(
            f"{tokens:,} tokens, every {PAINTED} painted",
            1000 * cost / tokens,
            "ms/token",
            COST_LIMIT,
        )
        for tokens, cost in zip(SIZES, costs, strict=True)
    ]
    exponent = math.log(costs[-1] / costs[0]) / math.log(SIZES[-1] / SIZES[0])
    found.append(Row("growth exponent, painted", exponent, "", EXPONENT_LIMIT))
    found.append(Row("open 2,000 blocks", 1000 * opening_cost(2000), "ms", OPENING_LIMIT))
    floor = floor_cost(SIZES[0])
    found.append(Row(f"floor: Log, {SIZES[0]:,} tokens", 1000 * floor / SIZES[0], "ms/token"))
    return found


if __name__ == "__main__":
    for row in rows():
        limit = "" if row.limit is None else f"  (at most {row.limit:g})"
        print(f"{row.name:36} {row.value:8.3f} {row.unit}{limit}")
