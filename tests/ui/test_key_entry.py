"""A key that is entered where one is wanted: for whom it is, and what happens then."""

from __future__ import annotations

import pytest

from oi_tui.config.schema import Settings
from oi_tui.models.base import ModelError
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import ErrorInfo, ErrorKind, TurnEnd
from oi_tui.ui.screens.ask_line import AskLine
from oi_tui.ui.screens.key_entry import owner_for
from tests.ui.fakes import FakeOpener, FakeSession
from tests.ui.support import Running, running

SECRET = "sk-test-0123456789abcdef"
REFUSED = ErrorInfo(ErrorKind.AUTH, "api.openai.com did not accept the key.")


async def entered(run: Running) -> None:
    await run.press(*"%key", "enter")
    await run.until(lambda: isinstance(run.app.screen, AskLine), "the line")
    await run.press(*SECRET)
    assert SECRET not in run.app.export_screenshot()
    await run.press("enter")
    await run.until(lambda: run.opener.keys, "the key")


async def test_a_turn_that_failed_for_want_of_a_key_goes_on() -> None:
    async with running(FakeOpener()) as run:
        run.session.emit(ev.TurnStarted("hello"))
        run.session.emit(ev.TurnFinished(TurnEnd.FAILED, REFUSED))
        await entered(run)
        assert run.opener.keys == [("openai", SECRET, "api.openai.com")]
        await run.until(lambda: run.session.fake.ops == [ops.ContinueTurn()], "the turn")


async def test_without_a_failure_a_key_is_only_kept() -> None:
    async with running(FakeOpener()) as run:
        await entered(run)
        await run.until(lambda: "is kept" in run.main.hints.shown, "the word")
        assert run.session.fake.ops == []


async def test_a_key_for_a_server_of_ones_own_is_for_its_host_only() -> None:
    opener = FakeOpener(Settings(model="openai/m", api_base="https://models.example.org/v1"))
    opener.first = FakeSession(model="openai/m")
    async with running(opener) as run:
        run.session.emit(ev.ModelChanged("openai/m", "https://models.example.org/v1"))
        await run.until(lambda: run.main.facts.api_base, "the server")
        await entered(run)
        assert opener.keys == [("models.example.org", SECRET, "models.example.org")]


async def test_a_model_on_this_machine_needs_none() -> None:
    opener = FakeOpener(Settings(model="local/smollm2"))
    opener.first = FakeSession(model="local/smollm2")
    async with running(opener) as run:
        await run.press(*"%key", "enter")
        await run.until(lambda: "No key" in run.main.hints.shown, "the word")


async def test_a_key_is_never_kept_for_a_provider_that_was_only_guessed() -> None:
    opener = FakeOpener(Settings(model="voyage/large"))
    opener.first = FakeSession(model="voyage/large")
    async with running(opener) as run:
        await run.press(*"%key", "enter")
        await run.until(
            lambda: "not known to which host" in run.app.export_screenshot().replace("&#160;", " ")
        )
        assert not isinstance(run.app.screen, AskLine)


@pytest.mark.parametrize("model", ["voyage/large", "llama3", "bedrock/x"])
def test_an_owner_that_is_not_known_is_no_owner(model: str) -> None:
    with pytest.raises(ModelError, match="not known"):
        owner_for(model, "")


def test_owners_by_provider_and_by_address() -> None:
    by_name, by_address = owner_for("gpt-4o", ""), owner_for("gpt-4o", "https://example.org/v1")
    assert by_name is not None
    assert by_address is not None
    assert (by_name.name, by_name.host) == ("openai", "api.openai.com")
    assert (by_address.name, by_address.host) == ("example.org", "example.org")
