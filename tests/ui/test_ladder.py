"""The ladders, row by row, and what must hold for every sequence of presses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.ui.ladder import Ladder, Press, Situation, Step

CTRL_C, ESC, CTRL_D = Press.INTERRUPT, Press.BACK, Press.END_OF_INPUT


@pytest.mark.parametrize(
    ("situation", "ctrl_c", "escape"),
    [
        (Situation(has_selection=True, is_running=True), Step.COPY, Step.CLEAR_SELECTION),
        (Situation(has_popup=True, is_running=True), Step.CLOSE_POPUP, Step.CLOSE_POPUP),
        (Situation(is_typing=True, is_running=True), Step.PASS_ON, Step.PASS_ON),
        (Situation(is_running=True, has_draft=True), Step.INTERRUPT_RUN, Step.HINT_INTERRUPT),
        (Situation(is_thinking=True, has_draft=True), Step.STOP_MODEL, Step.STOP_MODEL),
        (Situation(is_asking=True, approval_has_focus=True), Step.HINT_APPROVAL, Step.PASS_ON),
        (Situation(is_asking=True, has_draft=True), Step.CLEAR_DRAFT, Step.NOTHING),
        (Situation(is_asking=True), Step.HINT_APPROVAL, Step.HINT_APPROVAL),
        (Situation(has_draft=True), Step.CLEAR_DRAFT, Step.NOTHING),
        (Situation(), Step.HINT_QUIT, Step.NOTHING),
    ],
)
def test_each_row_of_the_table(situation: Situation, ctrl_c: Step, escape: Step) -> None:
    assert Ladder().press(CTRL_C, situation, 0.0) is ctrl_c
    assert Ladder().press(ESC, situation, 0.0) is escape


def test_a_run_that_does_not_obey_can_be_killed_after_two_seconds() -> None:
    ladder, running = Ladder(), Situation(is_running=True)
    assert ladder.press(CTRL_C, running, 10.0) is Step.INTERRUPT_RUN
    assert ladder.press(CTRL_C, running, 11.9) is Step.INTERRUPT_RUN
    assert ladder.press(CTRL_C, running, 12.1) is Step.OFFER_KILL


def test_a_new_run_starts_the_ladder_anew() -> None:
    ladder = Ladder()
    assert ladder.press(CTRL_C, Situation(is_running=True), 10.0) is Step.INTERRUPT_RUN
    anew = Situation(is_running=True, running_since=12.0)  # and no key in between
    assert ladder.press(CTRL_C, anew, 13.0) is Step.INTERRUPT_RUN
    assert ladder.press(CTRL_C, anew, 14.9) is Step.INTERRUPT_RUN
    assert ladder.press(CTRL_C, anew, 15.0) is Step.OFFER_KILL


def test_escape_twice_in_time_interrupts_a_run() -> None:
    ladder, running = Ladder(), Situation(is_running=True)
    assert ladder.press(ESC, running, 0.0) is Step.HINT_INTERRUPT
    assert ladder.press(ESC, running, 2.5) is Step.HINT_INTERRUPT
    assert ladder.press(ESC, running, 4.0) is Step.INTERRUPT_RUN


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D])
def test_twice_within_a_second_quits_when_idle(key: Press) -> None:
    ladder = Ladder()
    assert ladder.press(key, Situation(), 0.0) is Step.HINT_QUIT
    assert ladder.press(key, Situation(), 1.5) is Step.HINT_QUIT
    assert ladder.press(key, Situation(), 2.0) is Step.QUIT


def test_two_different_keys_do_not_quit() -> None:
    ladder = Ladder()
    ladder.press(CTRL_D, Situation(), 0.0)
    assert ladder.press(CTRL_C, Situation(), 0.1) is Step.HINT_QUIT


situations = st.builds(Situation, *([st.booleans()] * len(Situation.__dataclass_fields__)))
presses = st.tuples(st.sampled_from(list(Press)), situations, st.floats(0.0, 3.0))


@given(st.lists(presses, max_size=30))
def test_no_sequence_quits_or_interrupts_without_cause(
    sequence: list[tuple[Press, Situation, float]],
) -> None:
    ladder, now = Ladder(), 0.0
    previous = Step.NOTHING
    for press, situation, wait in sequence:
        now += wait
        step = ladder.press(press, situation, now)
        busy = situation.is_running or situation.is_thinking or situation.is_asking
        if step is Step.QUIT:
            assert previous is Step.HINT_QUIT
            assert not busy
            assert not situation.has_draft
        if step in (Step.INTERRUPT_RUN, Step.OFFER_KILL, Step.HINT_INTERRUPT):
            assert situation.is_running
        if step is Step.STOP_MODEL:
            assert situation.is_thinking
        if situation.is_typing and not (situation.has_selection or situation.has_popup):
            assert step is Step.PASS_ON
        previous = step
