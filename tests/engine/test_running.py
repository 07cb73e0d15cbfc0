from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.engine.notes import risk_notes
from oi_tui.engine.running import HEAD_BYTES, TAIL_BYTES, RunRecorder, run_events
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import InputMode, RunStatus
from oi_tui.shells.base import (
    DisplayArrived,
    InputChanged,
    LineArrived,
    OutputArrived,
    RunEnded,
    RunPart,
)
from oi_tui.shells.scripted import ScriptedShells

ENDED = RunEnded(RunStatus.OK, 0, 0.5, "/w")


def recorded(parts: Sequence[RunPart]) -> list[ev.Event]:
    recorder = RunRecorder("c1", clock=lambda: 0.0)
    return [event for part in parts for event in recorder.part(part)]


@given(st.lists(st.integers(1, 200_000), max_size=8))
def test_head_and_tail_are_recorded_and_the_gap_is_counted(sizes: list[int]) -> None:
    data = bytes(i % 251 for i in range(sum(sizes)))
    parts: list[RunPart] = []
    start = 0
    for size in sizes:
        parts.append(OutputArrived(data[start : start + size]))
        start += size
    events = recorded([*parts, ENDED])
    finished = events[-1]
    assert isinstance(finished, ev.RunFinished)
    assert finished.output_bytes == len(data)
    head, tail, omitted = b"", b"", 0
    for event in events:
        if isinstance(event, ev.OutputOmitted):
            omitted += event.count
        elif isinstance(event, ev.OutputAdded):
            if omitted:
                tail += event.data
            else:
                head += event.data
    assert len(head) + omitted + len(tail) == len(data)
    if len(data) > HEAD_BYTES + TAIL_BYTES:
        assert head == data[:HEAD_BYTES]
        assert tail == data[-TAIL_BYTES:]
    else:
        assert head == data


def test_lines_come_at_most_ten_times_a_second() -> None:
    now = iter([0.0, 0.0, 0.05, 0.11, 0.11])
    recorder = RunRecorder("c1", clock=lambda: next(now))
    lines = [event for line in (1, 2, 3) for event in recorder.part(LineArrived(line))]
    assert lines == [ev.LineReached("c1", 1), ev.LineReached("c1", 3)]


def test_pictures_and_waiting_for_input_are_told() -> None:
    events = recorded(
        [
            DisplayArrived("image/png", b"x"),
            DisplayArrived("image/png", b"x" * (9 * 1024 * 1024)),
            InputChanged(InputMode.PASSWORD, True),
            ENDED,
        ]
    )
    assert events[:2] == [
        ev.DisplayAdded("c1", "image/png", b"x"),
        ev.InputAwaited("c1", InputMode.PASSWORD, True),
    ]


class FakeSilentShells(ScriptedShells):
    """Shells whose runs stop in the middle without a word."""

    def run(self, language: str, code: bytes, digest: str) -> Iterator[RunPart]:
        yield OutputArrived(b"half")


def test_a_run_always_has_an_end() -> None:
    events = list(run_events(FakeSilentShells(), "c1", "python", "x", lambda: False))
    finished = events[-1]
    assert isinstance(finished, ev.RunFinished)
    assert finished.status is RunStatus.DIED
    assert finished.output_bytes == 4


def test_a_run_interrupted_before_it_began_runs_nothing() -> None:
    shells = ScriptedShells()
    events = list(run_events(shells, "c1", "python", "x", lambda: True))
    assert isinstance(events[-1], ev.RunFinished)
    assert events[-1].status is RunStatus.INTERRUPTED
    assert not shells.runs


# -- notes ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("rm -rf build", "delete"),
        ("shutil.rmtree(path)", "delete"),
        ("sudo ls", "administrator"),
        ("curl -s example.org", "network"),
        ("requests.get(url)", "network"),
        ("pip install x", "network"),
        ("раypal = 1", "alphabets"),
        ("x = 1\u202e", "hidden"),
        ("x\n" * 100, "lines"),
        ("x" * 1000, "1000 characters"),
    ],
)
def test_facts_worth_a_look_are_noted(code: str, word: str) -> None:
    assert any(word in note for note in risk_notes(code, "python"))


@pytest.mark.parametrize(
    "code",
    ["print(1)", "print('你好')  # 說明", "form = 1", "items.remove(3)", "x = 'é'", "warm -= 1"],
)
def test_ordinary_code_has_no_notes(code: str) -> None:
    assert risk_notes(code, "python") == ()


@given(st.text(max_size=80))
def test_any_text_can_be_noted(code: str) -> None:
    risk_notes(code, "bash")
