"""What ten thousand sessions cost the list: showing them, and each key in the filter."""

from __future__ import annotations

import asyncio
import time

from textual.app import App, ComposeResult

from oi_tui.ui.theming import VARIABLE_DEFAULTS
from oi_tui.ui.widgets.sidebar import Sidebar
from tests.bench.table import Row
from tests.ui.fakes import AT, listing

SESSIONS = 10_000
OPENING_LIMIT, KEY_LIMIT = 100, 50  # milliseconds of CPU
TITLES = (
    "Plot the rainfall of",
    "整理下載資料夾",
    "Rename the photos of",
    "Why is the build slow in",
)


class _Host(App[None]):
    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(VARIABLE_DEFAULTS)

    def compose(self) -> ComposeResult:
        yield Sidebar()


async def _measure() -> tuple[float, float]:
    sessions = [
        listing(f"s-{n}", f"{TITLES[n % len(TITLES)]} {n}", AT - 3_000 * n) for n in range(SESSIONS)
    ]
    app = _Host()
    async with app.run_test(size=(40, 50)) as pilot:
        sidebar = app.query_one(Sidebar)
        started = time.process_time()
        sidebar.show(sessions, "s-77")
        await pilot.pause()
        opening = time.process_time() - started
        sidebar.action_filter()
        await pilot.pause()
        keys = []
        for key in "rain 12":
            started = time.process_time()
            await pilot.press("space" if key == " " else key)
            await pilot.pause()
            keys.append(time.process_time() - started)
    return opening * 1000, max(keys) * 1000


def rows() -> list[Row]:
    """Return the rows of the table."""
    opening, key = asyncio.run(_measure())
    return [
        Row(f"{SESSIONS:,} sessions listed", opening, "ms of CPU", OPENING_LIMIT),
        Row("slowest key in their filter", key, "ms of CPU", KEY_LIMIT),
    ]
