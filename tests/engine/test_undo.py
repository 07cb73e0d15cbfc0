"""Undo and redo: the history, live and folded again, and what the transcript still counts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_tui.engine.history import History, folded
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import ChatMessage, HistoryChange, Role, TurnEnd
from oi_tui.protocol.reports import is_prompt
from oi_tui.transcript import PromptBlock, ProseBlock, Transcript
from tests.engine.harness import Stage, staged


def prompts(messages: tuple[ChatMessage, ...]) -> list[str]:
    return [message.text for message in messages if is_prompt(message)]


def counted(transcript: Transcript) -> list[str]:
    """Return the prompts that are still part of the conversation."""
    blocks = transcript.blocks
    return [one.text for one in blocks if isinstance(one, PromptBlock) and not one.undone]


def shown(stage: Stage) -> Transcript:
    transcript = Transcript()
    transcript.replay(stage.envelopes)
    return transcript


def change(stage: Stage, op: ops.Op, count: int) -> ev.HistoryReplaced:
    stage.engine.submit(op)
    return stage.wait_for(ev.HistoryReplaced, count)


def test_several_turns_are_taken_back_and_put_back_one_by_one() -> None:
    with staged("One.", "Two.", "Three.") as stage:
        for number, prompt in enumerate(("first", "second", "third"), 1):
            stage.prompt(prompt)
            stage.wait_for_turn(number)
        whole = stage.engine.history
        assert "third" in change(stage, ops.UndoTurn(), 1).reason
        assert "second" in change(stage, ops.UndoTurn(), 2).reason
        assert prompts(stage.engine.history) == counted(shown(stage)) == ["first"]
        assert "second" in change(stage, ops.RedoTurn(), 3).reason
        assert prompts(stage.engine.history) == counted(shown(stage)) == ["first", "second"]
        change(stage, ops.RedoTurn(), 4)
        assert stage.engine.history == whole
        assert counted(shown(stage)) == ["first", "second", "third"]
        stage.engine.submit(ops.RedoTurn())
        assert "nothing to put back" in stage.wait_for(ev.Warned).text


def test_after_a_new_prompt_nothing_can_be_put_back() -> None:
    with staged("One.", "Two.") as stage:
        stage.prompt("first")
        stage.wait_for_turn()
        change(stage, ops.UndoTurn(), 1)
        stage.prompt("other")
        stage.wait_for_turn(2)
        stage.engine.submit(ops.RedoTurn())
        stage.wait_for(ev.Warned)
        assert prompts(stage.engine.history) == counted(shown(stage)) == ["other"]


def test_what_was_undone_can_be_put_back_after_reopening() -> None:
    with staged("One.", "Two.") as stage:
        stage.prompt("first")
        stage.wait_for_turn()
        stage.prompt("second")
        stage.wait_for_turn(2)
        whole = stage.engine.history
        change(stage, ops.UndoTurn(), 1)
    history = folded(stage.envelopes)
    assert prompts(history.messages) == ["first"]
    assert (*history.messages, *history.taken_back) == whole


def test_a_retried_turn_counts_as_taken_back_for_good() -> None:
    with staged("One.", "Again.") as stage:
        stage.prompt("first")
        stage.wait_for_turn()
        stage.engine.submit(ops.RetryTurn())
        stage.wait_for_turn(2)
        transcript = shown(stage)
        assert counted(transcript) == prompts(stage.engine.history) == ["first"]
        undone = [
            one.text for one in transcript.blocks if isinstance(one, ProseBlock) and one.undone
        ]
        assert undone == ["One."]
        stage.engine.submit(ops.RedoTurn())
        stage.wait_for(ev.Warned)


def test_loaded_messages_take_the_place_of_what_was_said() -> None:
    loaded = (ChatMessage(Role.USER, "Who?"), ChatMessage(Role.ASSISTANT, "A pilot."))
    with staged("One.") as stage:
        stage.prompt("first")
        stage.wait_for_turn()
        change(stage, ops.ReplaceHistory(loaded), 1)
        transcript = shown(stage)
        assert counted(transcript) == ["Who?"]
        prose = [one for one in transcript.blocks if isinstance(one, ProseBlock)]
        assert [one.text for one in prose if not one.undone] == ["A pilot."]
        assert prompts(stage.engine.history) == ["Who?"]
        change(stage, ops.UndoTurn(), 2)
        assert counted(shown(stage)) == []
        assert not stage.engine.history


def test_after_a_reset_nothing_of_before_counts() -> None:
    with staged("One.") as stage:
        stage.prompt("first")
        stage.wait_for_turn()
        change(stage, ops.ResetSession(), 1)
        assert counted(shown(stage)) == []
        assert folded(stage.envelopes).messages == ()


@pytest.mark.parametrize("change", list(HistoryChange))
def test_a_journal_with_strange_changes_is_folded_without_an_error(change: HistoryChange) -> None:
    history, transcript = History(), Transcript()
    replaced = ev.HistoryReplaced((ChatMessage(Role.USER, "x"),), "", change)
    for seq in range(1, 4):
        envelope = ev.Envelope(seq, 1.0, "s", 0, replaced)
        history.apply(envelope)
        transcript.apply(envelope)
    assert prompts(history.messages) == ["x"]


# -- any order -----------------------------------------------------------------------------------
acts = st.lists(st.sampled_from(("say", "undo", "redo", "retry", "reset", "load")), max_size=25)


@given(acts)
@settings(max_examples=150, deadline=None)
def test_history_and_transcript_agree_whatever_is_done(done: list[str]) -> None:
    told: list[ev.Envelope] = []
    history, turn = History(), 0

    def tell(event: ev.Event) -> None:
        told.append(ev.Envelope(len(told) + 1, 1.0, "s", turn, event))
        history.apply(told[-1])

    def say(prompt: str) -> None:
        nonlocal turn
        turn += 1
        tell(ev.TurnStarted(prompt))
        tell(ev.MessageStarted(f"m{turn}"))
        tell(ev.MessageFinished(f"m{turn}", f"answer {turn}", complete=True))
        tell(ev.TurnFinished(TurnEnd.COMPLETED))

    for number, act in enumerate(done):
        places = [p for p, one in enumerate(history.messages) if is_prompt(one)]
        match act:
            case "say":
                say(f"prompt {number}")
            case "undo" if places:
                kept = history.messages[: places[-1]]
                tell(ev.HistoryReplaced(kept, "", HistoryChange.UNDONE))
            case "redo" if history.taken_back:
                whole = (*history.messages, *history.taken_back)
                tell(ev.HistoryReplaced(whole, "", HistoryChange.REDONE))
            case "retry" if places:
                prompt = history.messages[places[-1]].text
                kept = history.messages[: places[-1]]
                tell(ev.HistoryReplaced(kept, "", HistoryChange.RETRIED))
                say(prompt)
            case "reset":
                tell(ev.HistoryReplaced((), "", HistoryChange.RESET))
            case "load":
                loaded = (ChatMessage(Role.USER, f"loaded {number}"),)
                tell(ev.HistoryReplaced(loaded, "", HistoryChange.LOADED))
            case _:
                pass
    transcript = Transcript()
    transcript.replay(told)
    assert counted(transcript) == prompts(history.messages)
    again = folded(told)
    assert (again.messages, again.taken_back) == (history.messages, history.taken_back)
