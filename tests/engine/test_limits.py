"""Money, tokens and time: a turn ends before it passes a bound, never after."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from oi_tui.config.schema import Settings
from oi_tui.engine.time_limit import HARDEST, TimeLimit
from oi_tui.models.scripted import Hold, Reply, Script
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import Limit, TurnEnd, Usage
from tests.engine.harness import APPROVE, staged

PRICES = (0.001, 0.01)  # US dollars a token, in and out


def counted(text: str, tokens: int = 100, written: int = 20) -> Script:
    return Reply((text,), usage=Usage(tokens, written))


def test_a_budget_stops_before_the_request_that_would_pass_it() -> None:
    settings = Settings(model="scripted", max_budget=1.5)
    with staged(counted("One."), counted("Two."), settings=settings, prices=PRICES) as stage:
        stage.prompt()
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        stage.engine.submit(ops.SetSetting("max_budget", "0.31"))
        stage.prompt()
        end = stage.wait_for_turn(2)
        assert (end.reason, end.limit) == (TurnEnd.LIMIT, Limit.BUDGET)
        assert len(stage.model.requests) == 1
        spent = stage.of(ev.UsageReported)[-1].session.cost
        assert spent is not None
        assert spent < 0.31


def test_tokens_stop_before_the_request_that_would_pass_them() -> None:
    settings = Settings(model="scripted", max_total_tokens=10_000)
    with staged(counted("One."), counted("Two."), settings=settings) as stage:
        stage.prompt()
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        stage.engine.submit(ops.SetSetting("max_total_tokens", "125"))
        stage.prompt()
        end = stage.wait_for_turn(2)
        assert (end.reason, end.limit) == (TurnEnd.LIMIT, Limit.TOKENS)
        assert len(stage.model.requests) == 1


def test_without_a_bound_nothing_is_counted_ahead() -> None:
    with staged(counted("One.", tokens=10**6), counted("Two."), prices=PRICES) as stage:
        stage.prompt()
        stage.wait_for_turn()
        stage.prompt()
        assert stage.wait_for_turn(2).reason is TurnEnd.COMPLETED


# -- settings of one session ---------------------------------------------------------------------
def test_a_setting_counts_from_the_next_request_on() -> None:
    with staged("One.", "Two.") as stage:
        stage.prompt()
        stage.wait_for_turn()
        stage.engine.submit(ops.SetSetting("temperature", "0.25"))
        assert stage.wait_for(ev.SettingChanged) == ev.SettingChanged("temperature", "0.25")
        stage.prompt()
        stage.wait_for_turn(2)
        assert [request.temperature for request in stage.model.requests] == [None, 0.25]
        stage.engine.submit(ops.SetSetting("temperature", ""))
        assert stage.wait_for(ev.SettingChanged, 2) == ev.SettingChanged("temperature", "")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("temperature", "hot", "number"),
        ("temperatur", "1", "temperature"),
        ("model", "x", "cannot be changed"),
        ("themee", "x", "There is no setting themee. Did you mean theme?"),
        ("max_tokens", "0", "at least"),
        ("tool_mode", "magic", "auto, tools, fences"),
    ],
)
def test_what_cannot_be_set_changes_nothing_and_is_said(name: str, text: str, words: str) -> None:
    with staged("One.") as stage:
        stage.engine.submit(ops.SetSetting(name, text))
        assert words in stage.wait_for(ev.Warned).text
        assert not stage.of(ev.SettingChanged)


# -- time ----------------------------------------------------------------------------------------
class FakeAlarms:
    """A clock that a test moves, and alarms that ring when it does."""

    def __init__(self) -> None:
        self.now = 0.0
        self.set: list[tuple[float, Callable[[], None]]] = []

    def clock(self) -> float:
        return self.now

    def alarm(self, seconds: float, ring: Callable[[], None]) -> FakeAlarm:
        self.set.append((self.now + seconds, ring))
        return FakeAlarm(self, self.set[-1])

    def advance(self, seconds: float) -> None:
        self.now += seconds
        for due in [one for one in self.set if one[0] <= self.now]:
            self.set.remove(due)
            due[1]()


class FakeAlarm:
    def __init__(self, alarms: FakeAlarms, entry: tuple[float, Callable[[], None]]) -> None:
        self._alarms, self._entry = alarms, entry

    def cancel(self) -> None:
        if self._entry in self._alarms.set:
            self._alarms.set.remove(self._entry)


def limited(seconds: float | None) -> tuple[TimeLimit, FakeAlarms, list[int]]:
    alarms, rung = FakeAlarms(), list[int]()
    return TimeLimit(seconds, rung.append, alarms.clock, alarms.alarm), alarms, rung


def test_time_is_over_once_and_then_harder() -> None:
    limit, alarms, rung = limited(10)
    with limit.running():
        alarms.advance(9)
        assert rung == []
        alarms.advance(1)
        assert rung == [1]
        for _ in range(5):
            alarms.advance(10)
        assert rung == list(range(1, HARDEST + 1))


def test_the_clock_stands_still_while_a_person_decides() -> None:
    limit, alarms, rung = limited(10)
    with limit.running():
        alarms.advance(6)
        with limit.paused():
            alarms.advance(1000)
        alarms.advance(3)
        assert rung == []
        alarms.advance(1)
        assert rung == [1]


def test_a_turn_that_ended_in_time_never_rings() -> None:
    limit, alarms, rung = limited(10)
    with limit.running():
        alarms.advance(5)
    alarms.advance(1000)
    assert rung == []
    assert not alarms.set


def test_without_a_limit_there_is_no_alarm() -> None:
    limit, alarms, _ = limited(None)
    with limit.running(), limit.paused():
        assert not alarms.set


def test_a_reply_that_takes_too_long_ends_the_turn_with_what_was_said() -> None:
    script = Reply(("Let me think", Hold(), "forever"))
    settings = Settings(model="scripted", max_time=1)
    with staged(script, settings=settings) as stage:
        stage.prompt()
        end = stage.wait_for_turn()
        assert (end.reason, end.limit) == (TurnEnd.LIMIT, Limit.TIME)
        assert [one.text for one in stage.of(ev.MessageFinished)] == ["Let me think"]


# -- running again -------------------------------------------------------------------------------
def test_earlier_code_is_put_up_one_by_one_and_each_is_asked_about() -> None:
    blocks = tuple(ops.Rerun("python", f"x{number} = {number}") for number in range(3))
    settings = Settings(model="scripted", auto_run=True)
    with staged("Fine.", settings=settings) as stage:
        stage.engine.submit(ops.ReplayRuns(blocks))
        for number in range(1, 4):
            stage.decide(APPROVE, count=number)
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        assert [one.code for one in stage.of(ev.ApprovalRequested)] == [b.code for b in blocks]
        assert len(stage.of(ev.RunStarted)) == 3
        (told,) = stage.engine.history
        assert "3 piece(s)" in told.text
        assert "x1 = 1" not in told.text  # the model has seen the code already
        stage.prompt("go on")
        stage.wait_for_turn(2)


def test_nothing_to_run_again_is_said() -> None:
    with staged() as stage:
        stage.engine.submit(ops.ReplayRuns(()))
        assert "no earlier code" in stage.wait_for(ev.Warned).text


# -- titles --------------------------------------------------------------------------------------
TITLES = Settings(model="scripted", model_titles=True)


def test_the_model_names_a_session_only_where_the_person_allows() -> None:
    with staged("Here.", '**"Tides of Keelung harbor"**.', settings=TITLES) as stage:
        stage.prompt("plot the tide")
        title = stage.wait_for(ev.SessionRenamed, 2).title
        assert title == "Tides of Keelung harbor"
        assert not stage.model.requests[1].tools
    with staged("Here.", "Never asked.") as stage:
        stage.prompt("plot the tide")
        stage.wait_for_turn()
        stage.stop()
        assert len(stage.model.requests) == 1


def test_a_title_that_the_person_gave_stays() -> None:
    with staged("Here.", "Other title", settings=TITLES) as stage:
        stage.engine.submit(ops.RenameSession("Mine"))
        stage.prompt("plot the tide")
        stage.wait_for_turn()
        stage.stop()
        assert [one.title for one in stage.of(ev.SessionRenamed)] == ["Mine"]
        assert len(stage.model.requests) == 1


# -- the token report ----------------------------------------------------------------------------
def test_the_token_report_tells_what_the_conversation_weighs() -> None:
    settings = Settings(model="scripted", context_window=8000)
    with staged(counted("One."), settings=settings, prices=PRICES) as stage:
        stage.prompt("some words to be counted")
        stage.wait_for_turn()
        report = stage.engine.token_report("and some more of them")
        assert report.conversation_tokens > 20
        assert 0 < report.text_tokens < 20
        assert report.context_window == 8000
        assert report.conversation_cost == pytest.approx(report.conversation_tokens * PRICES[0])
        assert report.used == stage.of(ev.UsageReported)[-1].session
        assert stage.engine.token_report().text_tokens == 0
