"""The status bar: what it says of cost and budget, and what goes first when room is short."""

from __future__ import annotations

import pytest

from oi_tui.config.schema import Settings
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Usage
from oi_tui.ui.widgets.model_place import model_place
from oi_tui.ui.widgets.status_bar import StatusFacts, cost_text, money, speed_of
from tests.ui.fakes import FakeOpener, FakeSession
from tests.ui.support import Running, running


def used(tokens: int, cost: float | None) -> ev.UsageReported:
    usage = Usage(tokens - 10, 10, cost)
    return ev.UsageReported(usage, usage, 1_000, 10_000)


def bar(run: Running) -> str:
    return str(run.main.status.render())


async def after_two_turns(run: Running, first: float | None, both: float | None) -> str:
    run.session.emit(ev.TurnStarted("one"))
    run.session.emit(used(1_000, first))
    run.session.emit(ev.TurnStarted("two"))
    run.session.emit(used(1_500, both))
    await run.until(lambda: run.main.facts.usage.prompt_tokens == 1_490)
    return bar(run)


async def test_the_first_turn_is_the_session_and_is_said_once() -> None:
    async with running() as run:
        run.session.emit(ev.TurnStarted("one"))
        run.session.emit(used(1_000, 0.02))
        await run.until(lambda: "$0.02" in bar(run))
        assert "turn" not in bar(run)


async def test_cost_is_told_for_the_session_and_for_the_turn() -> None:
    async with running() as run:
        said = await after_two_turns(run, 0.2, 0.25)
        assert "$0.25   turn $0.0500" in said


async def test_tokens_stand_for_a_price_that_is_unknown() -> None:
    async with running() as run:
        said = await after_two_turns(run, None, None)
        assert "1.5k in, 10 out   turn 500 in, 0 out" in said
        assert "$" not in said


async def test_context_tokens_and_speed_are_told() -> None:
    usage = Usage(1_240, 96, 0.02)
    async with running(size=(160, 40)) as run:
        run.session.emit(ev.UsageReported(usage, usage, 14_200, 128_000, 0.4, 2.0))
        await run.until(lambda: "48 tok/s" in bar(run))
        assert "11%   113.8k free   $0.0200   1.2k in, 96 out   48 tok/s" in bar(run)
        run.session.emit(ev.UsageReported(usage, usage, 200, 128_000))  # a title: no reply
        await run.until(lambda: "127.8k free" in bar(run))
        assert "48 tok/s" in bar(run)


@pytest.mark.parametrize(("seconds", "speed"), [(0.0, 0.0), (0.01, 0.0), (2.0, 48.0)])
def test_a_speed_needs_time_to_be_measured(seconds: float, speed: float) -> None:
    usage = Usage(10, 96)
    assert speed_of(ev.UsageReported(usage, usage, 0, 0, 0.1, seconds)) == speed


async def test_what_is_left_of_a_budget_turns_into_a_warning() -> None:
    async with running(FakeOpener(Settings(model="m", max_budget=1.0))) as run:
        assert "$1.00 left" in bar(run)
        run.session.emit(used(1_000, 0.5))
        await run.until(lambda: "$0.50 left" in bar(run))
        assert "! " not in bar(run)
        run.session.emit(used(2_000, 0.85))
        await run.until(lambda: "! $0.15 left" in bar(run))
        run.session.emit(ev.SettingChanged("max_budget", "2.5"))
        await run.until(lambda: "$1.65 left" in bar(run))
        run.session.emit(ev.SettingChanged("max_budget", ""))
        await run.until(lambda: "left" not in bar(run))


async def test_another_session_begins_with_its_own_cost_and_budget() -> None:
    opener = FakeOpener()
    opener.kept["other"] = FakeSession("other")
    async with running(opener) as run:
        run.session.emit(ev.SettingChanged("max_budget", "3"))
        run.session.emit(used(1_000, 0.5))
        await run.until(lambda: "$2.50 left" in bar(run))
        run.main.errands.switch("other")
        await run.until(lambda: run.main.desk.session is opener.kept["other"])
        await run.until(lambda: "left" not in bar(run))
        assert "$" not in bar(run)


@pytest.mark.parametrize("width", [60, 80, 100])
async def test_mode_and_budget_are_the_last_to_go(width: int) -> None:
    async with running(
        FakeOpener(Settings(model="m" * 30, max_budget=1.0)), size=(width, 24)
    ) as run:
        said = await after_two_turns(run, 0.5, 0.9)
        assert "ASK" in said
        assert "! $0.10 left" in said
        assert len(said) <= width
        assert ("turn" in said) is (width == 100)


def test_money_is_readable_however_little() -> None:
    assert [money(x) for x in (0, 0.00001, 0.0042, 0.1, 12)] == [
        "$0.00",
        "<$0.0001",
        "$0.0042",
        "$0.10",
        "$12.00",
    ]
    assert cost_text(Usage()) == ""
    assert StatusFacts(usage=Usage(5, 5, 0.3), before_turn=Usage(2, 2)).turn_usage == Usage(
        3, 3, 0.3
    )


async def test_a_model_in_a_process_of_its_own_is_said_to_be_offline() -> None:
    async with running() as run:
        assert "offline" not in bar(run)
        run.session.emit(ev.ModelChanged("local/smollm2", ""))
        await run.until(lambda: "local/smollm2" in bar(run))
        assert "offline" in bar(run)


@pytest.mark.parametrize(
    ("model", "api_base", "place"),
    [
        ("local/Qwen/Tiny-GGUF", "", "offline"),
        ("llamacpp//home/ada/tiny.gguf", "", "offline"),
        ("local/Qwen/Tiny-GGUF", "https://example.com/v1", "offline"),  # a file asks no server
        ("openai/qwen3:8b", "http://127.0.0.1:11434/v1", "local server"),
        ("openai/qwen3:8b", "http://[::1]:8080/v1", "local server"),
        ("openai/qwen3:8b", "http://localhost:1234", "local server"),
        ("ollama/qwen3", "", "local server"),
        ("gpt-4o", "", ""),
        ("openai/local", "https://localhost.example.com/v1", ""),
        ("ollama/qwen3", "https://models.example.com", ""),
        ("openai/x", "https://127.0.0.1@example.com/v1", ""),
        ("openai/x", "http://[::1/v1", ""),
        ("", "", ""),
    ],
)
def test_a_model_is_said_to_be_here_only_if_it_is(model: str, api_base: str, place: str) -> None:
    assert model_place(model, api_base) == place


async def test_the_badge_fits_a_narrow_screen_and_goes_with_the_model() -> None:
    opener = FakeOpener(Settings(model="local/Qwen/Tiny-GGUF"))
    async with running(opener, size=(80, 24)) as run:
        await run.until(lambda: "local/Qwen/Tiny-GGUF   ⌂ offline" in bar(run), "the badge")
        run.session.emit(ev.ModelChanged("gpt-4o", ""))
        await run.until(lambda: "gpt-4o" in bar(run), "the other model")
        assert "⌂" not in bar(run)
