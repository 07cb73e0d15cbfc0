"""Draws a scene as SVG text that is the same every time, on every machine.

Owns what makes it the same: an environment, a clock that stands still, and waiting until the
screen says what it should and nothing moves any more.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from textual.widgets import Input, TextArea

from oi_tui.config.schema import Settings
from oi_tui.engine.live import Launch
from tests.support.waiting import DEADLINE
from tests.ui.fakes import AT, FakeOpener, FakeSession, HeldClock, listing
from tests.ui.support import Running, running

QUESTION = "Which files here take the most room?"
STILL = 3  # equal pictures in a row
BETWEEN = 0.03  # seconds between them: longer than the panes' own frames
_FOREIGN = ("NO_COLOR", "TEXTUAL", "UNICODE_VERSION", "LANGUAGE", "COLUMNS", "LINES")


@dataclass(frozen=True)
class Scene:
    """One picture: `play` makes things happen in a ready application, until it `shows` these."""

    name: str
    size: tuple[int, int]
    play: Callable[[Running], Awaitable[None]]
    shows: tuple[str, ...]
    theme: str = "harbor-dark"
    settings: Settings = field(default_factory=lambda: Settings(model="gpt-4o"))
    providers: Sequence[str] = ()
    question: str = QUESTION
    is_tour: bool = False
    has_session: bool = True


async def draw(scene: Scene) -> str:
    """Return the scene as SVG text."""
    with _same_everywhere():
        opener = _opener(scene)
        launch = Launch(opener, tour=scene.is_tour)
        held = HeldClock()
        async with running(
            opener, size=scene.size, launch=launch, wait=scene.has_session, held=held
        ) as run:
            run.app.animation_level = "none"
            await scene.play(run)
            return await _picture(run, scene.shows)


async def _picture(run: Running, shows: Sequence[str]) -> str:
    """Return what is drawn once it says what it should and stands still."""
    last, equal = "", 0

    def is_still() -> bool:
        nonlocal last, equal
        _hold_cursors(run)
        now = normalized(run.app.export_screenshot(title="oi-tui"))
        equal = equal + 1 if now == last else 1
        last = now
        said = words(now)
        return equal >= STILL and all(text in said for text in shows)

    async def until_still() -> None:
        while not is_still():
            await run.pilot.pause()
            await asyncio.sleep(BETWEEN)

    try:
        await asyncio.wait_for(until_still(), DEADLINE)
    except TimeoutError:
        missing = [text for text in shows if text not in words(last)]
        raise AssertionError(f"never shown: {missing} in\n{words(last)}") from None
    return last


def _hold_cursors(run: Running) -> None:
    for screen in run.app.screen_stack:  # one below a dialog shows through
        for node in screen.query("*"):
            if isinstance(node, Input | TextArea):
                node.cursor_blink = False


@contextmanager
def _same_everywhere() -> Iterator[None]:
    kept = dict(os.environ)
    for name in kept:
        if name.startswith(_FOREIGN):
            del os.environ[name]
    os.environ.update(HOME="/home/ada", TERM="xterm-256color", COLORTERM="truecolor")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


def _opener(scene: Scene) -> FakeOpener:
    opener = FakeOpener(replace(scene.settings, theme=scene.theme))
    opener.with_key = list(scene.providers)
    opener.first = FakeSession("now", model=scene.settings.model)
    day = 86_400
    opener.shelf.listings = [
        listing("now", scene.question),
        listing("b", "Rename the photos by date", AT - 3_600),
        listing("c", "Plot the rainfall of 2025", AT - day),
        listing("d", "整理下載資料夾", AT - day),
        listing("e", "Why is the build slow?", AT - 9 * day, open_elsewhere=True),
    ]
    return opener


def words(svg: str) -> str:
    """Return what a picture says, row after row, without the spaces before the first word."""
    rows: dict[str, str] = {}
    for y, text in re.findall(r'<text class="[^"]*" [^>]*?y="([\d.]+)"[^>]*>(.*?)</text>', svg):
        rows[y] = rows.get(y, "") + html.unescape(text).replace("\u00a0", " ")
    return "\n".join(rows.values())


def normalized(svg: str) -> str:
    """Take out what differs from run to run, and spaces that some viewers swallow."""
    svg = re.sub(r"terminal-\d+", "terminal", svg).replace("&#160;", "\u00a0")

    def shift(match: re.Match[str]) -> str:
        x = float(match[2]) + 12.2 * len(match[4])
        return f'{match[1]}x="{x:g}"{match[3]}>'

    return re.sub(r'(<text class="[^"]*" )x="([\d.]+)"([^>]*)>(\u00a0+)', shift, svg)
