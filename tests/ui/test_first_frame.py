"""What is typed before the panes are there: nothing is lost, and nothing fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from oi_tui.engine.live import Launch
from oi_tui.protocol import ops
from oi_tui.ui.app import OiApp
from tests.ui.fakes import FakeOpener
from tests.ui.support import Running


class Unfurnished(OiApp):
    """Stays at the first frame until the test goes on."""

    async def _begin(self) -> None:
        self.first_frame_stands = True

    async def go_on(self) -> None:
        await super()._begin()


@asynccontextmanager
async def at_the_first_frame(launch: Launch | None = None) -> AsyncIterator[Running]:
    """Run the application as it is before anything is loaded behind the first frame."""
    opener = FakeOpener()
    app = Unfurnished(launch or Launch(opener))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        run = Running(app, pilot, opener)
        await run.until(lambda: hasattr(app, "first_frame_stands"), "the first frame")
        assert not run.main.is_furnished
        yield run


async def go_on(run: Running) -> None:
    assert isinstance(run.app, Unfurnished)
    await run.app.go_on()
    await run.until(lambda: run.main.is_furnished and run.main.desk.session, "a session")


async def test_the_prompt_takes_text_before_anything_else_is_there() -> None:
    async with at_the_first_frame() as run:
        await run.press(*"hello", "backspace", "p")
        assert run.main.prompt.text == "hellp"
        await go_on(run)
        assert run.main.prompt.text == "hellp"
        assert run.main.prompt.has_focus


async def test_a_prompt_that_is_sent_too_early_is_sent_then() -> None:
    async with at_the_first_frame() as run:
        await run.press(*"hello", "enter", *"more")
        assert run.main.prompt.held == "hello"
        await go_on(run)
        await run.until(lambda: run.session.fake.ops, "the prompt")
        assert run.session.fake.ops == [ops.SubmitPrompt("hello")]


async def test_a_command_that_is_sent_too_early_is_carried_out_then() -> None:
    async with at_the_first_frame() as run:
        await run.press(*"%help", "enter")
        await go_on(run)
        await run.until(lambda: run.app.screen is not run.main, "the help")
        assert run.main.prompt.text == ""


async def test_a_key_for_what_is_not_there_yet_acts_then() -> None:
    async with at_the_first_frame() as run:
        await run.press("f1")
        assert run.app.screen is run.main
        await go_on(run)
        await run.until(lambda: run.app.screen is not run.main, "the help")


async def test_ctrl_c_twice_quits_before_anything_is_there() -> None:
    async with at_the_first_frame() as run:
        await run.press("ctrl+c", "ctrl+c")
        await go_on(run)
        await run.until(lambda: not run.app.is_running, "the end")


async def test_the_prompt_of_the_command_line_stands_there_at_once() -> None:
    opener = FakeOpener()
    async with at_the_first_frame(Launch(opener, prompt="do it")) as run:
        assert run.main.prompt.text == "do it"
        run.opener = opener
        await go_on(run)
        await run.until(lambda: run.session.fake.ops, "the prompt")
        assert run.session.fake.ops == [ops.SubmitPrompt("do it")]


async def test_the_application_can_be_left_at_the_first_frame() -> None:
    async with at_the_first_frame() as run:
        run.app.exit()
        await run.until(lambda: not run.app.is_running, "the end")
