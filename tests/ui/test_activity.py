"""What the line under the prompt says at each moment."""

from __future__ import annotations

import pytest

from oi_tui.protocol.events import (
    CompactionStarted,
    MessageStarted,
    ModelLoading,
    PromptReading,
    RequestSent,
    Retrying,
)
from oi_tui.protocol.items import EngineState, ErrorKind
from oi_tui.ui.activity import Activity


def thinking() -> Activity:
    activity = Activity(is_opening=False)
    activity.enter(EngineState.THINKING, 0.0)
    activity.note(RequestSent("gpt-4o"), 10.0)
    return activity


def test_a_silent_model_is_waited_for_by_name_and_time() -> None:
    assert "Waiting for gpt-4o · Ctrl+C stops" in thinking().words({}, 11.0).plain
    assert "Waiting for gpt-4o · 12 s · Ctrl+C stops" in thinking().words({}, 22.0).plain


def test_an_answer_ends_the_waiting() -> None:
    activity = thinking()
    activity.note(MessageStarted("m1"), 12.0)
    assert "Thinking" in activity.words({}, 13.0).plain


def test_a_model_on_this_machine_is_loaded_and_reads() -> None:
    activity, name = thinking(), "local//models/tiny.gguf"
    activity.note(ModelLoading(name, None), 11.0)
    assert "Loading tiny.gguf · Ctrl+C" in activity.words({}, 11.0).plain
    activity.note(ModelLoading(name, 0.437), 11.0)
    assert "Loading the model ━━──── 43 %" in activity.words({}, 11.0).plain
    activity.note(ModelLoading(name, 1.0), 12.0)
    assert "Waiting for" in activity.words({}, 12.0).plain
    activity.note(PromptReading(name, 0.6), 13.0)
    assert "Reading the prompt ━━━─── 60 %" in activity.words({}, 13.0).plain
    activity.note(MessageStarted("m1"), 14.0)
    assert "Thinking" in activity.words({}, 14.0).plain


def test_a_summary_is_said_until_it_is_there_also_while_its_request_is_read() -> None:
    activity = thinking()
    activity.note(CompactionStarted(2, 900), 11.0)
    assert "Summing up 2 older turns · Ctrl+C" in activity.words({}, 11.0).plain
    activity.note(PromptReading("m", 0.87), 12.0)
    assert "Summing up 2 older turns" in activity.words({}, 12.0).plain
    activity.note(RequestSent("m"), 30.0)
    assert "Waiting for m" in activity.words({}, 31.0).plain


@pytest.mark.parametrize(
    "event",
    [
        ModelLoading("local/Qwen/Qwen2.5-Coder-7B-Instruct-GGUF", None),
        ModelLoading("local/Qwen/Qwen2.5-Coder-7B-Instruct-GGUF", 0.99),
        PromptReading("local/Qwen/Qwen2.5-Coder-7B-Instruct-GGUF", 0.99),
    ],
)
def test_the_key_that_stops_is_in_sight_beside_a_meter(event: ModelLoading | PromptReading) -> None:
    activity = thinking()
    activity.note(event, 11.0)
    words = activity.words({}, 150.0)
    assert words.plain.endswith("s · Ctrl+C stops")
    assert words.cell_length <= 55  # what the column of a screen of 150 columns has room for


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ErrorKind.NETWORK, "No connection"),
        (ErrorKind.RATE_LIMIT, "Asked to wait"),
        (ErrorKind.OVERLOADED, "provider failed"),
    ],
)
def test_a_retry_counts_down_and_says_why(kind: ErrorKind, words: str) -> None:
    activity = thinking()
    activity.note(Retrying(kind, 2, 5, 3.0), 20.0)
    said = activity.words({}, 20.0).plain
    assert words in said
    assert "try 2 of 5 in 3 s" in said
    assert "in 0 s" not in activity.words({}, 23.0).plain
    activity.note(RequestSent("gpt-4o"), 23.0)
    assert "Waiting for gpt-4o" in activity.words({}, 23.0).plain


def test_a_program_that_waits_is_answered_by_the_key_that_goes_to_what_waits() -> None:
    activity = Activity(is_opening=False, waits_for_input=True)
    activity.enter(EngineState.RUNNING, 0.0)
    assert "F9 answers it" in activity.words({"approval.focus": "f9"}, 0.0).plain
