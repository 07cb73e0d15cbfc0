"""`oi-tui --conversations`: the list of sessions comes first."""

from __future__ import annotations

import pytest

from oi_tui.config.schema import Settings
from oi_tui.engine.live import Launch
from oi_tui.ui.screens.welcome import WelcomeScreen
from tests.ui.fakes import FakeOpener
from tests.ui.support import running


@pytest.mark.parametrize("size", [(150, 42), (110, 30), (80, 24)])
async def test_the_list_is_shown_and_has_the_focus(size: tuple[int, int]) -> None:
    opener = FakeOpener()
    launch = Launch(opener, conversations=True)
    async with running(opener, size=size, launch=launch) as run:
        await run.until(lambda: run.main.sidebar.has_focus_within, "the focus in the list")
        assert run.main.query_one("#sessions").display


async def test_without_a_model_kept_sessions_can_be_chosen_all_the_same() -> None:
    opener = FakeOpener(Settings())
    launch = Launch(opener, conversations=True)
    async with running(opener, launch=launch, wait=False) as run:
        await run.until(lambda: run.main.is_furnished, "the panes")
        await run.until(lambda: run.main.sidebar.has_focus_within, "the focus in the list")
        assert not isinstance(run.app.screen, WelcomeScreen)
