"""The first run: choose by keyboard, keep keys out of sight, take the tour. And a crash of ours."""

from __future__ import annotations

import pytest
from textual.widgets import Input, OptionList

from oi_tui.config.schema import Settings
from oi_tui.engine.live import Launch
from oi_tui.models.choices import ServedModel, ServerChoice
from oi_tui.protocol import ops
from oi_tui.ui.app import OiApp
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.screens.models import ModelsScreen
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


async def test_a_second_enter_while_the_settings_are_written_does_nothing() -> None:
    opener = _first_run()
    opener.with_key = ["openai"]
    async with running(opener, wait=False) as run:
        await _welcome(run)
        opener.may_keep.clear()
        await run.press("enter", "enter", "enter", "enter")
        opener.may_keep.set()
        await run.until(lambda: opener.opened, "a session")
        assert opener.kept_models == ["gpt-4o"]


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
        await run.until(lambda: SECRET not in field.value)
        await run.until(lambda: screen.query_one(OptionList).has_focus, "the models")
        await run.press("enter")
        await run.until(lambda: opener.opened)


async def test_a_model_on_this_machine_is_chosen_in_the_picker() -> None:
    opener = _first_run()
    async with running(opener, wait=False) as run:
        await _welcome(run)
        await run.press("down", "enter")
        await run.until(lambda: isinstance(run.app.screen, ModelsScreen), "the picker")
        await run.press("escape")
        await _welcome(run)
        assert opener.opened == []


async def test_a_server_is_asked_at_its_address_which_typing_replaces() -> None:
    opener = _first_run()
    base = "https://models.example/v1"
    opener.models.at_addresses = {base: ServerChoice("vLLM", base, (ServedModel("llama3"),))}
    async with running(opener, wait=False) as run:
        await _welcome(run)
        await run.press("down", "down", "enter")
        await run.until(lambda: isinstance(run.app.screen, ModelsScreen), "the picker")
        await run.pilot.pause()
        await run.press(*base, "enter")
        await run.until(lambda: "llama3" in run.app.export_screenshot(), "its models")
        await run.press("enter")
        await run.until(lambda: opener.opened)
        assert opener.settings.model == "openai/llama3"
        assert opener.settings.api_base == base


async def test_f2_shows_all_models_and_leaving_them_comes_back() -> None:
    opener = _first_run()
    async with running(opener, wait=False) as run:
        await _welcome(run)
        await run.press("f2")
        await run.until(lambda: isinstance(run.app.screen, ModelsScreen), "the picker")
        await run.press("escape")
        await _welcome(run)


async def test_servers_are_looked_for_only_when_asked_and_one_is_picked() -> None:
    opener = _first_run()
    models = (ServedModel("qwen3"), ServedModel("llama3"))
    ollama = ServerChoice("Ollama", "http://127.0.0.1:11434/v1", models)
    opener.models.at_addresses = {ollama.api_base: ollama}
    async with running(opener, wait=False) as run:
        screen = await _welcome(run)
        await run.press("down", "down", "down", "enter")
        await run.until(lambda: screen.query_one(OptionList).option_count == 2, "the models")
        await run.press("down", "enter")
        await run.until(lambda: opener.opened)
    assert opener.settings.model == "openai/llama3"
    assert opener.settings.api_base == "http://127.0.0.1:11434/v1"


async def test_no_server_is_said_and_the_choices_come_back() -> None:
    async with running(_first_run(), wait=False) as run:
        screen = await _welcome(run)
        foot = screen.query_one(".welcome--foot", SafeStatic)
        await run.press("down", "down", "down", "enter")
        await run.until(lambda: "No server" in str(foot.render()))
        assert screen.query_one(OptionList).option_count == 5


async def test_any_other_model_of_a_provider_can_be_named() -> None:
    opener = _first_run()
    opener.with_key = ["openai"]
    async with running(opener, wait=False) as run:
        await _welcome(run)
        await run.press("enter", "end", "enter", *"x", "enter")
        await run.until(lambda: opener.opened)
    assert opener.settings.model == "openai/x"


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("llama3", "http://localhost:1/v1"),
        ("openai/llama3", "http://localhost:1/v1"),
        ("meta/llama3", "http://localhost:1/v1"),
        ("anthropic/claude-sonnet-4-5", ""),
    ],
)
async def test_another_model_stays_at_the_server_unless_it_names_a_provider(
    name: str, base: str
) -> None:
    opener = FakeOpener(Settings(model="openai/first", api_base="http://localhost:1/v1"))
    async with running(opener) as run:
        run.main.errands.set_model(name)
        assert run.session.fake.ops[-1] == ops.SetModel(name)  # the engine knows the server in use
        assert (opener.settings.model, opener.settings.api_base) == (name, base)


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


async def test_a_prompt_sent_without_a_model_asks_whom_to_talk_to_and_is_then_sent() -> None:
    opener = _first_run()
    opener.with_key = ["openai"]
    async with running(opener, wait=False) as run:
        await _welcome(run)
        await run.press("ctrl+c")
        await run.until(lambda: not isinstance(run.app.screen, WelcomeScreen), "the prompt")
        await run.until(lambda: run.app.main.prompt.has_focus)
        await run.press(*"hello", "enter")
        await _welcome(run)
        await run.press("enter", "enter")
        await run.until(lambda: opener.opened, "a session")
        engine = opener.live.fake
        await run.until(lambda: ops.SubmitPrompt("hello") in engine.ops, "the prompt")
