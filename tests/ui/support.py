"""Start the application in a test, and wait for what it shows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual.pilot import Pilot
from textual.screen import Screen

from oi_tui.engine.live import Launch
from oi_tui.ui.app import OiApp
from oi_tui.ui.clock import SYSTEM
from oi_tui.ui.screens.main import MainScreen
from tests.support.waiting import DEADLINE
from tests.ui.fakes import FakeOpener, FakeSession, HeldClock


@dataclass
class Running:
    """The application under a pilot."""

    app: OiApp
    pilot: Pilot[int]
    opener: FakeOpener
    held: HeldClock | None = None

    @property
    def main(self) -> MainScreen:
        return self.app.main

    @property
    def session(self) -> FakeSession:
        return self.opener.live

    def asks(self, kind: type[Screen[str]]) -> bool:
        """Whether a dialog of this kind stands there and takes keys."""
        return isinstance(self.app.screen, kind) and self.app.screen.is_mounted

    async def until(self, condition: Callable[[], object], what: str = "the condition") -> None:
        """Let the application work until `condition()` is true."""
        end = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < end, f"waited {DEADLINE:g} s for {what}"
            await self.pilot.pause()
            await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        """Let time pass on a held clock."""
        assert self.held is not None
        self.held.advance(seconds)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()


@asynccontextmanager
async def running(
    opener: FakeOpener | None = None,
    *,
    size: tuple[int, int] = (150, 45),
    launch: Launch | None = None,
    wait: bool = True,
    held: HeldClock | None = None,
) -> AsyncIterator[Running]:
    """Run the application, maybe on a held clock; with `wait`, until its first session is open."""
    opener = opener or FakeOpener()
    clock = held.clock if held is not None else SYSTEM
    app = OiApp(launch or Launch(opener), clock=clock)
    async with app.run_test(size=size, notifications=True) as pilot:
        run = Running(app, pilot, opener, held)
        if wait:
            await run.until(lambda: opener.opened and opener.live.started.is_set(), "a session")
            await run.until(lambda: run.main.desk.session is not None, "the desk")
            await run.pilot.pause()
        yield run
