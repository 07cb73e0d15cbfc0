"""Replies that go wrong: cut off, unreadable, empty, endless."""

from __future__ import annotations

import json

import pytest

from oi_tui.config.schema import Settings
from oi_tui.engine.usage import Stopwatch
from oi_tui.models.base import ModelFacts, StopReason
from oi_tui.models.scripted import Call, CutOff, Fault, Fence, Proposal, Reasoning, Reply
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import ErrorKind, Limit, Role, TurnEnd, Usage
from tests.engine.harness import APPROVE, FENCES, REJECT, staged

COUNT = Proposal("python", "print(1)")


@pytest.mark.parametrize("settings", [FENCES, Settings(model="scripted")])
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(("Well, ", COUNT), reason=StopReason.LENGTH), ErrorKind.CUT_OFF),
        (Reply(("Well, ", COUNT), reason=StopReason.CONTENT_FILTER), ErrorKind.CUT_OFF),
        (Reply(("Well, ", COUNT, CutOff())), ErrorKind.CUT_OFF),
        (Reply(("Well, ", COUNT, Fault(ErrorKind.NETWORK))), ErrorKind.NETWORK),
    ],
)
def test_code_of_a_reply_that_did_not_end_properly_cannot_be_approved(
    settings: Settings, reply: Reply, kind: ErrorKind
) -> None:
    with staged(reply, "On.", settings=settings) as stage:
        stage.prompt()
        end = stage.wait_for_turn()
        assert end.reason is TurnEnd.FAILED
        assert end.error is not None
        assert end.error.kind is kind
        (code,) = stage.of(ev.CodeFinished)
        assert not code.runnable
        assert code.code == "print(1)"
        assert "Cut off" in code.problem
        assert not stage.of(ev.ApprovalRequested)
        stage.engine.submit(ops.ContinueTurn())
        stage.wait_for_turn(2)
        messages = stage.model.requests[1].messages
        assert "Well," in messages[2].text  # what came is kept
        assert messages[-1].role is not Role.ASSISTANT


def test_a_fence_that_never_closes_cannot_be_approved() -> None:
    with staged(Reply(("```python\nprint(1)\n",)), settings=FENCES) as stage:
        stage.prompt()
        end = stage.wait_for_turn()
        assert end.error is not None
        assert end.error.kind is ErrorKind.CUT_OFF
        assert not stage.of(ev.CodeFinished)[0].runnable


@pytest.mark.parametrize(
    "arguments",
    [
        '{"language": "python", "code": "print(1)"',
        '{"language": "python", "code": "print(1)", "code": "print(2)"}',
        '{"language": "python", "code": "print(1)", "extra": 1}',
        '{"language": "python", "code": 7}',
        '{"language": 7, "code": "print(1)"}',
        "print(1)",
        '{"language": "", "code": "print(1)"}',
        '{"language": "python", "code": "  "}',
        '{"language": "fortran", "code": "print *"}',
    ],
)
def test_an_unreadable_call_is_shown_never_run_and_the_model_is_told(arguments: str) -> None:
    with staged(Reply((Call("execute", arguments),), chunk=5), "Sorry.") as stage:
        stage.prompt()
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED
        (code,) = stage.of(ev.CodeFinished)
        assert not code.runnable
        assert code.problem
        assert not stage.of(ev.ApprovalRequested)
        call, result = stage.model.requests[1].messages[-2:]
        json.loads(call.calls[0].arguments)  # providers refuse a history that is no JSON
        assert "Not run" in result.text


def test_the_model_gets_one_chance_to_repair_its_calls() -> None:
    bad = Reply((Call("execute", "{"),))
    with staged(bad, Reply((COUNT,)), bad, bad, "Never.") as stage:
        stage.prompt()
        stage.decide(REJECT)
        end = stage.wait_for_turn()
        assert end.error is not None
        assert end.error.kind is ErrorKind.UNREADABLE_REPLY
        assert len(stage.model.requests) == 4


def test_a_call_of_another_function_is_unreadable() -> None:
    call = Call("python", '{"language": "python", "code": "print(1)"}')
    with staged(Reply((call,)), "Sorry.") as stage:
        stage.prompt()
        stage.wait_for_turn()
        assert not stage.of(ev.CodeFinished)[0].runnable


def test_calls_with_the_same_place_but_other_ids_are_two() -> None:
    def call(number: int) -> Call:
        arguments = json.dumps({"language": "python", "code": f"print({number})"})
        return Call("execute", arguments, f"id{number}")

    with staged(Reply((call(1), call(2)), chunk=4), "Done.") as stage:
        stage.prompt()
        stage.decide(APPROVE)
        stage.decide(APPROVE, count=2)
        stage.wait_for_turn()
        assert [run.code for run in stage.shells.runs] == [b"print(1)", b"print(2)"]


@pytest.mark.parametrize(
    "reply",
    [Reply(()), Reply(("  \n",)), Reply((Reasoning("hm"),)), Reply((Call("execute", ""),))],
)
def test_an_empty_reply_is_an_error_and_not_another_request(reply: Reply) -> None:
    with staged(reply) as stage:
        stage.prompt()
        end = stage.wait_for_turn()
        assert end.error is not None
        assert end.error.kind is ErrorKind.EMPTY_REPLY
        assert len(stage.model.requests) == 1


def test_lone_surrogates_and_controls_do_no_harm() -> None:
    with staged(Reply(("a\ud800b\x1b[31m\x00", Proposal("python", "print('\udfff')")))) as stage:
        stage.prompt()
        stage.decide(APPROVE)
        stage.wait_for_turn()
        assert stage.of(ev.MessageFinished)[0].text.startswith("a\ufffdb")
        assert stage.shells.runs[0].code == "print('\ufffd')".encode()


# -- bounds ---------------------------------------------------------------------------------------
def test_the_step_cap_ends_the_turn_and_continuing_goes_on() -> None:
    replies = [Reply((Proposal("python", f"print({number})"),)) for number in range(3)]
    settings = Settings(model="scripted", auto_run=True, max_steps=2)
    with staged(*replies, settings=settings) as stage:
        stage.prompt()
        end = stage.wait_for_turn()
        assert (end.reason, end.limit) == (TurnEnd.LIMIT, Limit.STEPS)
        assert len(stage.shells.runs) == 2
        stage.engine.submit(ops.ContinueTurn())
        assert stage.wait_for_turn(2).reason is TurnEnd.COMPLETED
        assert len(stage.shells.runs) == 3


def test_the_same_code_for_the_third_time_is_not_offered() -> None:
    with staged(*[Reply((COUNT,))] * 3) as stage:
        stage.prompt()
        stage.decide(APPROVE)
        stage.decide(REJECT, count=2)
        end = stage.wait_for_turn()
        assert (end.reason, end.limit) == (TurnEnd.LIMIT, Limit.REPETITION)
        assert len(stage.of(ev.ApprovalRequested)) == 2


@pytest.mark.parametrize(
    "reply",
    [
        Reply((" ".join(map(str, range(180_000))), COUNT)),
        Reply((Fence("python", "x = 1\n" * 60_000),)),
        Reply((Proposal("python", "x = 1\n" * 60_000),)),
    ],
)
@pytest.mark.parametrize("settings", [FENCES, Settings(model="scripted")])
def test_a_huge_reply_is_stopped(reply: Reply, settings: Settings) -> None:
    with staged(Reply(reply.parts, chunk=100_000), settings=settings) as stage:
        stage.prompt()
        end = stage.wait_for_turn()
        if settings is FENCES or not isinstance(reply.parts[0], Fence):
            assert (end.reason, end.limit) == (TurnEnd.LIMIT, Limit.OUTPUT_SIZE)
        assert not any(code.runnable for code in stage.of(ev.CodeFinished))


def test_the_budget_is_looked_at_before_each_request() -> None:
    reply = Reply((COUNT,), usage=Usage(10, 10, 0.3))
    settings = Settings(model="scripted", auto_run=True, max_budget=0.5)
    with staged(reply, reply, reply, settings=settings) as stage:
        stage.prompt()
        end = stage.wait_for_turn()
        assert (end.reason, end.limit) == (TurnEnd.LIMIT, Limit.BUDGET)
        assert len(stage.model.requests) == 2
        assert stage.of(ev.UsageReported)[-1].session == Usage(20, 20, 0.6)


def test_a_budget_that_cannot_be_counted_is_told_once() -> None:
    settings = Settings(model="scripted", max_budget=0.5)
    with staged("One.", "Two.", settings=settings) as stage:
        stage.prompt()
        stage.prompt()
        stage.wait_for_turn(2)
        (warned,) = stage.of(ev.Warned)
        assert "max_budget" in warned.text


def test_usage_is_estimated_and_priced_where_the_provider_says_nothing() -> None:
    facts = ModelFacts(context_window=9000)
    with staged("Hello there.", facts=facts, prices=(1e-6, 1e-6)) as stage:
        stage.prompt()
        stage.wait_for_turn()
        (reported,) = stage.of(ev.UsageReported)
        assert reported.request.prompt_tokens > 100
        assert reported.request.completion_tokens > 0
        assert reported.request.cost == pytest.approx(reported.context_tokens * 1e-6)
        assert reported.context_window == 9000


def test_a_prompt_that_cannot_fit_is_never_sent() -> None:
    with staged("Never.", settings=Settings(model="scripted", context_window=600)) as stage:
        stage.prompt("word " * 5000)
        end = stage.wait_for_turn()
        assert end.error is not None
        assert end.error.kind is ErrorKind.CONTEXT_TOO_LONG
        assert "last message" in end.error.title
        assert "takes its place" in end.error.hint
        assert not stage.model.requests


def test_instructions_that_leave_no_room_are_told_as_such() -> None:
    with staged("Never.", settings=Settings(model="scripted", context_window=400)) as stage:
        stage.prompt("hi")
        end = stage.wait_for_turn()
        assert end.error is not None
        assert "beside the instructions" in end.error.title
        assert "larger context" in end.error.hint
        assert not stage.model.requests


def test_trimming_is_never_silent() -> None:
    settings = Settings(model="scripted", context_window=2000)
    with staged("One.", "Two.", "Three.", settings=settings) as stage:
        stage.prompt("first " * 400)
        stage.wait_for_turn()
        stage.prompt("second " * 400)
        stage.wait_for_turn(2)
        assert stage.of(ev.HistoryTrimmed) == [ev.HistoryTrimmed(2, 1)]
        assert len(stage.model.requests[1].messages) == 2


@pytest.mark.parametrize("period", [1, 7, 256])
def test_prose_that_runs_in_circles_is_stopped(period: int) -> None:
    piece = "".join(chr(97 + number * number % 23) for number in range(period - 1)) + "."
    endless = Reply(("Well. " + piece * (100_000 // period),), chunk=50)
    with staged(endless) as stage:
        stage.prompt()
        end = stage.wait_for_turn()
        assert (end.reason, end.limit) == (TurnEnd.LIMIT, Limit.REPETITION)
        assert len(stage.of(ev.MessageFinished)[0].text) < 20_000


def test_a_poem_with_a_refrain_is_not() -> None:
    refrain = "And so we sailed on.\n" * 4
    poem = "".join(f"Verse {number} of it.\n{refrain}" for number in range(200))
    with staged(Reply((poem,), chunk=50)) as stage:
        stage.prompt()
        assert stage.wait_for_turn().reason is TurnEnd.COMPLETED


def test_a_reply_is_timed_from_the_request_to_its_first_piece_and_to_its_end() -> None:
    times = iter((10.0, 10.5, 13.0))
    watch = Stopwatch(lambda: next(times))
    watch.piece()
    watch.piece()
    assert watch.seconds == 0
    watch.end()
    assert (watch.waited, watch.seconds) == (0.5, 2.5)


def test_the_time_of_a_reply_is_reported_with_its_usage() -> None:
    with staged("Hello.") as stage:
        stage.prompt()
        stage.wait_for_turn()
        (reported,) = stage.of(ev.UsageReported)
        assert reported.waited >= 0
        assert 0 <= reported.seconds < 60
