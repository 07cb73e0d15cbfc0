"""The first run: choose by keyboard, keep keys out of sight, take the tour. And a crash of ours."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from oi_tui.config.schema import Settings
from oi_tui.engine.live import Launch
from oi_tui.ui.app import OiApp
from oi_tui.ui.screens.welcome import WelcomeScreen
from tests.ui.fakes import FakeOpener
from tests.ui.support import Running, running

SECRET = "sk-test-0123456789abcdef"


def _first_run() -> FakeOpener:
    return FakeOpener(Settings())


async def _welcome(run: Running) -> WelcomeScreen:
    await run.until(lambda: isinstance(run.app.screen, WelcomeScreen))
    await run.pilot.pause()
    screen = run.app.screen
    assert isinstance(screen, WelcomeScreen)
    return screen


async def test_a_provider_with_a_key_needs_only_a_model() -> None:
    opener = _first_run()
    opener.with_key = ["openai"]
    async with running(opener, wait=False) as run:
        await _welcome(run)
        assert opener.opened == []
        await run.press("enter", "enter")
        await run.until(lambda: opener.opened, "a session")
        assert opener.settings.model == "gpt-4o"


async def test_a_key_is_kept_masked_and_goes_to_the_opener() -> None:
    opener = _first_run()
    async with running(opener, wait=False) as run:
        screen = await _welcome(run)
        await run.press("enter", "enter")
        field = screen.query_one(Input)
        assert screen.query_one(Input).password is True
        await run.press(*SECRET)
        assert SECRET not in run.app.export_screenshot()
        await run.press("enter")
        await run.until(lambda: opener.keys == [("openai", SECRET, "api.openai.com")])
        await run.until(lambda: field.value == "gpt-4o")
        assert screen.query_one(Input).password is False
        await run.press("enter")
        await run.until(lambda: opener.opened)


async def test_an_address_makes_an_openai_compatible_model() -> None:
    opener = _first_run()
    async with running(opener, wait=False) as run:
        await _welcome(run)
        await run.press("down", "enter", "enter", *"llama3", "enter")
        await run.until(lambda: opener.opened)
        assert opener.settings.model == "openai/llama3"
        assert opener.settings.api_base.startswith("http://localhost")


async def test_t_starts_the_tour_and_says_so() -> None:
    async with running(_first_run(), wait=False) as run:
        await _welcome(run)
        await run.press("t")
        await run.until(lambda: run.opener.opened and run.session.fake.ops)
        assert run.main.facts.is_tour


async def test_a_crash_is_raised_for_the_caller_and_shows_no_locals(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Broken(OiApp):
        def on_mount(self) -> None:
            secret = SECRET
            raise ValueError(f"broken{len(secret)}")

    app = Broken(Launch(FakeOpener()))
    with pytest.raises(ValueError, match="broken"):
        async with app.run_test():
            pass
    printed = capsys.readouterr()
    assert SECRET not in printed.out + printed.err
    assert isinstance(app.failure, ValueError)
