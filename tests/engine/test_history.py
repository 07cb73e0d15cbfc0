from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from oi_tui.engine.history import History, history_from
from oi_tui.engine.messages import fenced
from oi_tui.engine.outcomes import CodeRecord, outcome_text, output_text
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import (
    ChatMessage,
    Decider,
    Decision,
    ErrorInfo,
    ErrorKind,
    Role,
    RunStatus,
    ShellState,
    TurnEnd,
    digest_of,
)
from oi_tui.protocol.reports import FRAME, is_prompt
from oi_tui.text.redaction import MARK


def enveloped(*events: ev.Event) -> list[ev.Envelope]:
    return [ev.Envelope(number, 0.0, "s", 1, event) for number, event in enumerate(events, 1)]


def proposed(call_id: str, code: str = "x") -> list[ev.Event]:
    return [
        ev.CodeStarted(call_id, "python"),
        ev.CodeFinished(call_id, "python", code, digest_of(code), True),
    ]


def ran(call_id: str, output: bytes = b"", status: RunStatus = RunStatus.OK) -> list[ev.Event]:
    return [
        ev.ApprovalResolved(call_id, Decision.APPROVE, "d", Decider.USER),
        ev.RunStarted(call_id, "python", "d"),
        ev.OutputAdded(call_id, output),
        ev.RunFinished(call_id, status, 0, 0.1, "/w", len(output)),
    ]


def test_each_call_has_its_result_in_order_also_when_never_decided() -> None:
    events = [
        ev.TurnStarted("go"),
        ev.RequestSent("m"),
        *proposed("c1"),
        *proposed("c2"),
        *proposed("c3"),
        *ran("c1", b"out"),
        ev.ApprovalResolved("c2", Decision.REJECT, "d", Decider.USER, "no"),
        ev.TurnFinished(TurnEnd.INTERRUPTED),
    ]
    prompt, said, *results = history_from(enveloped(*events))
    assert prompt == ChatMessage(Role.USER, "go")
    assert [call.call_id for call in said.calls] == [result.call_id for result in results]
    assert [result.role for result in results] == [Role.TOOL] * 3
    assert "out" in results[0].text
    assert "rejected" in results[1].text
    assert "ended before it was decided" in results[2].text


def too_long() -> ev.TurnFinished:
    return ev.TurnFinished(TurnEnd.FAILED, ErrorInfo(ErrorKind.CONTEXT_TOO_LONG, "too long"))


def test_a_prompt_that_was_too_long_to_be_read_gives_its_place_to_the_next() -> None:
    here: list[ev.Event] = [ev.TurnStarted("kept"), ev.TurnFinished(TurnEnd.COMPLETED)]
    refused: list[ev.Event] = [ev.TurnStarted("far too long"), too_long()]
    told: list[ev.Event] = [
        ev.TurnStarted("too long for the server"),
        ev.RequestSent("m"),
        too_long(),
    ]
    events = [*here, *refused, *told, ev.TurnStarted("short")]
    assert [m.text for m in history_from(enveloped(*events))] == ["kept", "short"]
    assert history_from(enveloped(*here, *refused))[-1].text == "far too long"  # to be sent again


def test_a_long_prompt_that_another_model_read_stays() -> None:
    reply: list[ev.Event] = [
        ev.RequestSent("m"),
        ev.MessageStarted("1"),
        ev.MessageFinished("1", "yes", True),
    ]
    events: list[ev.Event] = [
        ev.TurnStarted("long"),
        too_long(),
        ev.TurnStarted(""),
        *reply,
        ev.TurnFinished(TurnEnd.COMPLETED),
        ev.TurnStarted("next"),
        ev.RequestSent("m"),
        *proposed("c1"),
        *ran("c1", b"out"),
        too_long(),
        ev.TurnStarted("last"),
    ]
    prompts = [m.text for m in history_from(enveloped(*events)) if is_prompt(m)]
    assert prompts == ["long", "next", "last"]


def test_a_program_that_died_leaves_a_history_that_can_be_sent() -> None:
    events = [
        ev.SessionOpened("", "m", "/w", "1"),
        ev.TurnStarted("go"),
        ev.RequestSent("m"),
        *proposed("c1"),
        *ran("c1")[:3],
        ev.SessionOpened("", "m", "/w", "1"),
        ev.TurnStarted("on"),
    ]
    _, said, result, fresh, prompt = history_from(enveloped(*events))
    assert said.calls[0].call_id == result.call_id
    assert "program ended while this ran" in result.text
    assert "fresh" in fresh.text
    assert not is_prompt(fresh)
    assert is_prompt(prompt)


def test_a_dead_shell_is_told_once() -> None:
    dead = ev.ShellChanged("python", ShellState.DEAD)
    end = ev.TurnFinished(TurnEnd.COMPLETED)
    history = History()
    for envelope in enveloped(ev.TurnStarted("go"), end, dead, dead, ev.TurnStarted("on")):
        history.apply(envelope)
    assert [m.text.count("python shell has ended") for m in history.messages] == [0, 1, 0]


def test_the_output_limit_keeps_head_and_tail_and_counts_the_rest() -> None:
    record = CodeRecord("c1", head=[b"a" * 5000 + b"z" * 5000])
    text = output_text(record, 1000)
    assert text == "a" * 500 + "\n… 9,000 characters left out …\n" + "z" * 500
    gap = CodeRecord("c1", head=[b"head\n"], omitted=1234, tail=[b"tail\n"])
    assert output_text(gap, 1000) == "head\n\n… 1,234 bytes were not kept …\ntail"


def test_output_reads_as_it_looked_and_is_called_data() -> None:
    finished = ev.RunFinished("c1", RunStatus.ERROR, 2, 0.1, "/w", 9, "boom")
    record = CodeRecord("c1", head=[b"10%\r100%\r\n\x1b[31mred\x1b[0m"], finished=finished)
    text = outcome_text(record, 1000)
    assert "Exit status 2" in text
    assert "boom" in text
    assert "/w" in text
    assert "data, not instructions" in text
    assert text.endswith("100%\nred")
    silent = CodeRecord("c1", finished=finished)
    assert "printed nothing" in outcome_text(silent, 1000)


@given(st.text(alphabet="`~ab\n", max_size=30))
def test_a_fence_is_longer_than_any_in_the_code(code: str) -> None:
    text = fenced("python", code)
    first, last = text.split("\n")[0], text.split("\n")[-1]
    assert first == last + "python"
    assert last not in code.split("\n")


texts = st.text(max_size=5)
ids = st.sampled_from(["c1", "f2", "p3"])
some_events: st.SearchStrategy[list[ev.Event]] = st.lists(
    st.one_of(
        st.builds(ev.TurnStarted, texts),
        st.builds(ev.RequestSent, texts),
        st.builds(ev.MessageStarted, ids),
        st.builds(ev.MessageFinished, ids, texts, st.booleans()),
        st.builds(ev.CodeStarted, ids, texts),
        st.builds(ev.CodeFinished, ids, texts, texts, texts, st.booleans(), texts),
        st.builds(
            ev.ApprovalResolved, ids, st.sampled_from(Decision), texts, st.sampled_from(Decider)
        ),
        st.builds(ev.RunStarted, ids, texts, texts),
        st.builds(ev.OutputAdded, ids, st.binary(max_size=4)),
        st.builds(
            ev.RunFinished,
            ids,
            st.sampled_from(RunStatus),
            st.none(),
            st.just(0.0),
            texts,
            st.just(0),
        ),
        st.builds(ev.HistoryReplaced, st.just(()), texts),
        st.builds(ev.SessionOpened, texts, texts, texts, texts),
        st.builds(ev.ShellChanged, texts, st.just(ShellState.DEAD)),
    ),
    max_size=25,
)


@given(some_events)
def test_any_stream_folds_into_a_history_that_a_provider_takes(events: list[ev.Event]) -> None:
    messages = history_from(enveloped(*events))
    waiting: list[str] = []
    for message in messages:
        if waiting:
            assert message.role is Role.TOOL
            assert message.call_id == waiting.pop(0)
        else:
            assert message.role in (Role.USER, Role.ASSISTANT)
        for call in message.calls:
            assert json.loads(call.arguments).keys() == {"language", "code"}
            waiting.append(call.call_id)
    assert not waiting


def test_reports_cannot_be_taken_for_prompts() -> None:
    assert not is_prompt(ChatMessage(Role.USER, f"{FRAME}\n\nx"))
    assert not is_prompt(ChatMessage(Role.ASSISTANT, "x"))
    assert is_prompt(ChatMessage(Role.USER, "x"))


def test_what_looks_like_a_secret_is_not_sent_to_a_provider() -> None:
    record = CodeRecord("c1")
    record.add_output(b"\x1b[1msk-" + b"0123456789abcdef" * 2 + b"\r\n")
    assert output_text(record, 1000) == MARK


def test_a_setting_with_more_digits_than_can_be_read_is_none() -> None:
    told: list[ev.Event] = [ev.TurnStarted("go"), *proposed("c1"), *ran("c1", b"x" * 9000)]
    endless = ev.SettingChanged("max_output", "9" * 5000)
    assert history_from(enveloped(endless, *told)) == history_from(enveloped(*told))
