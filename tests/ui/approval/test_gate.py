"""The arming rules: typing never approves, and no typed character is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oi_tui.ui.approval.gate import (
    IDLE,
    ON_SCREEN,
    QUIET,
    REPEAT,
    SETTLE,
    TYPING_WINDOW,
    Act,
    KeyGate,
    Refusal,
    Refused,
    Typed,
    Verdict,
    Wait,
)


def press(gate: KeyGate, key: str, now: float) -> Verdict:
    gate.key_seen(key, now)
    return gate.press(key, key, now)


def press_and_settle(gate: KeyGate, key: str, now: float) -> Verdict:
    verdict = press(gate, key, now)
    while isinstance(verdict, Wait):
        now += verdict.seconds
        verdict = gate.settle(now)
    return verdict


@pytest.mark.parametrize("early", [0.0, 0.1, 0.499])
def test_a_key_too_soon_after_the_proposal_appeared_does_not_count(early: float) -> None:
    gate = KeyGate()
    gate.shown(10.0)
    assert press_and_settle(gate, "y", 10.0 + early) == Refused("y", Refusal.TOO_EARLY)


def test_a_key_after_a_look_counts() -> None:
    gate = KeyGate()
    gate.shown(10.0)
    assert press_and_settle(gate, "y", 10.8) == Act("y")


def test_nothing_counts_without_a_proposal() -> None:
    gate = KeyGate()
    assert press_and_settle(gate, "y", 100.0) == Refused("y", Refusal.NOT_SHOWN)
    gate.shown(10.0)
    gate.hidden()
    assert press_and_settle(gate, "y", 200.0) == Refused("y", Refusal.NOT_SHOWN)


def test_a_key_within_typing_does_not_count_and_is_handed_back() -> None:
    gate = KeyGate()
    gate.shown(0.0)
    gate.key_seen("x", 9.9)
    assert isinstance(press(gate, "y", 10.0), Wait)
    assert press(gate, "e", 10.2) == Typed("ye")


def test_an_armed_key_followed_at_once_by_another_was_typing() -> None:
    gate = KeyGate()
    gate.shown(0.0)
    assert press(gate, "y", 10.0) == Wait(SETTLE)
    assert press(gate, "o", 10.1) == Typed("yo")
    assert gate.settle(10.2) == Refused("", Refusal.NOT_SHOWN)


def test_a_held_key_never_counts() -> None:
    gate = KeyGate()
    gate.shown(0.0)
    assert press_and_settle(gate, "y", 10.0) == Act("y")
    gate.shown(10.1)  # the next proposal, the finger still down
    now = 10.66
    while now < 14:
        assert press_and_settle(gate, "y", now) != Act("y")
        now += 0.033


def test_one_answer_does_not_carry_over_to_the_next_proposal() -> None:
    gate = KeyGate()
    gate.shown(0.0)
    assert press(gate, "y", 10.0) == Wait(SETTLE)
    gate.shown(10.05)
    assert isinstance(gate.settle(10.0 + SETTLE), Wait)
    assert gate.settle(10.0 + TYPING_WINDOW) == Refused("y", Refusal.TOO_EARLY)


def test_letters_typed_while_proposals_come_and_go_are_handed_back() -> None:
    gate = KeyGate()
    gate.shown(0.0)
    assert isinstance(press(gate, "y", 10.0), Wait)
    gate.shown(10.05)
    assert press(gate, "e", 10.1) == Typed("ye")
    assert isinstance(press(gate, "a", 20.0), Wait)
    gate.hidden()
    assert gate.withdraw() == "a"
    assert gate.withdraw() == ""


def test_a_click_that_brings_the_window_to_the_front_arms_nothing() -> None:
    gate = KeyGate()
    gate.shown(0.0)
    gate.terminal_focus(False, 5.0)
    assert press_and_settle(gate, "y", 8.0) == Refused("y", Refusal.UNFOCUSED)
    gate.terminal_focus(True, 10.0)
    assert press_and_settle(gate, "n", 10.1) == Refused("n", Refusal.UNFOCUSED)
    assert press_and_settle(gate, "y", 12.0) == Act("y")


def test_focus_is_taken_only_from_somebody_who_does_not_type() -> None:
    gate = KeyGate()
    gate.key_seen("a", 5.0)
    assert not gate.may_take_focus(True, 5.0 + IDLE - 0.01)
    assert gate.may_take_focus(True, 5.0 + IDLE)
    assert not gate.may_take_focus(False, 50.0)


def test_printable_keys_without_a_meaning_go_to_the_prompt_with_what_came_before() -> None:
    gate = KeyGate()
    gate.shown(0.0)
    assert isinstance(press(gate, "y", 10.0), Wait)
    gate.key_seen("o", 10.1)
    assert gate.other_text("o", 10.1) == Typed("yo")


KEYS = st.sampled_from("yanerxq1 ")
GAPS = st.floats(0.001, 3.0)
STEPS = st.lists(st.tuples(GAPS, st.one_of(KEYS, st.just("SHOW"), st.just("BLUR"))), max_size=60)


@given(STEPS)
def test_only_a_deliberate_key_ever_counts(steps: list[tuple[float, str]]) -> None:
    """Whatever the order of keys and proposals: an act had its look, its quiet and its pause."""
    gate, now, shown_at, presses = KeyGate(), 100.0, None, list[tuple[float, str]]()
    due: float | None = None
    for gap, step in steps:
        target = now + gap
        while due is not None and due <= target:
            verdict = gate.settle(due)
            at, key = presses[-1]
            if isinstance(verdict, Act):
                assert shown_at is not None
                assert at - shown_at >= ON_SCREEN - 1e-9
                assert due - at >= SETTLE - 1e-9
                if len(presses) > 1:
                    before, other = presses[-2]
                    assert at - before >= QUIET - 1e-9
                    assert not (other == key and at - before < REPEAT - 1e-9)
            due = due + verdict.seconds if isinstance(verdict, Wait) else None
        now = target
        if step == "SHOW":
            gate.shown(now)
            shown_at, due = now, None
        elif step == "BLUR":
            gate.terminal_focus(False, now)
            gate.terminal_focus(True, now)
            due = None
        else:
            presses.append((now, step))
            verdict = press(gate, step, now)
            due = now + verdict.seconds if isinstance(verdict, Wait) else None


@given(st.text("yanerx", min_size=1, max_size=30), st.floats(0.01, SETTLE - 0.01))
def test_fast_typing_is_handed_back_whole(prose: str, gap: float) -> None:
    gate, now, got, waiting = KeyGate(), 100.0, "", ""
    gate.shown(0.0)
    for character in prose:
        now += gap
        match press(gate, character, now):
            case Typed(text=text):
                got, waiting = got + text, ""
            case Wait():
                waiting += character
    assert got + waiting == prose
    if len(prose) > 1:
        assert not isinstance(gate.settle(now + TYPING_WINDOW), Act)
