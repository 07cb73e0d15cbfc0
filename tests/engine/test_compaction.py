"""Compaction: what becomes a summary, when, and that every way back gives all of it again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oi_tui.config.schema import Compaction, Settings
from oi_tui.engine.compaction import planned
from oi_tui.engine.history import History, folded
from oi_tui.engine.invariants import BrokenInvariantError, check_invariants
from oi_tui.engine.requests import RequestBuilder
from oi_tui.engine.trimming import fit
from oi_tui.models.base import ModelFacts, StopReason
from oi_tui.models.estimate import estimate_tokens
from oi_tui.models.scripted import CutOff, Fault, Hold, Prose, Reply, Script, ScriptedModel
from oi_tui.protocol import events as ev
from oi_tui.protocol import ops
from oi_tui.protocol.items import ChatMessage, EngineState, ErrorKind, HistoryChange, Role, TurnEnd
from oi_tui.protocol.reports import is_prompt, summary_message, summary_of
from oi_tui.shells.scripted import ScriptedShells
from oi_tui.transcript import Block, NoticeBlock, NoticeKind, PromptBlock, ProseBlock, Transcript
from tests.engine.harness import FakeRecorder, Stage, staged

LONG = "word " * 200  # about 290 tokens
SMALL = ModelFacts(context_window=2400, calls_tools=True)
AUTO = Settings(model="scripted", compaction=Compaction.AUTO)


def talk(stage: Stage, *prompts: str) -> None:
    done = len(stage.of(ev.TurnFinished))
    for number, prompt in enumerate(prompts, done + 1):
        stage.prompt(prompt)
        stage.wait_for_turn(number)


def compact(stage: Stage, hint: str = "", count: int = 1) -> ev.CompactionFinished:
    stage.engine.submit(ops.CompactHistory(hint))
    return stage.wait_for(ev.CompactionFinished, count)


def cards(stage: Stage) -> list[NoticeBlock]:
    transcript = Transcript()
    transcript.replay(stage.envelopes)
    blocks = transcript.blocks
    return [
        one
        for one in blocks
        if isinstance(one, NoticeBlock) and one.kind is NoticeKind.COMPACTED and not one.undone
    ]


def prompts_of(messages: tuple[ChatMessage, ...]) -> list[str]:
    return [message.text for message in messages if is_prompt(message)]


def test_older_turns_become_a_summary_and_the_newest_stay_word_for_word() -> None:
    with staged(LONG, LONG, "Three.", "Four.", "They counted to two.") as stage:
        talk(stage, "one", "two", "three", "four")
        before = stage.engine.history
        assert compact(stage, "keep the numbers") == ev.CompactionFinished()
        summary, *kept = stage.engine.history
        assert summary_of(summary) == "They counted to two."
        assert tuple(kept) == before[-4:]
        (started,) = stage.of(ev.CompactionStarted)
        assert started.turns == 2
        (card,) = cards(stage)
        assert card.summary == "They counted to two."
        assert "2 older turns are now a summary" in card.text
        assert "keep the numbers" in stage.model.requests[-1].messages[-1].text


def test_the_request_for_a_summary_begins_as_the_one_before_it() -> None:
    """So the provider's cache, or the prefix that a local engine has read, is used again."""
    with staged(LONG, LONG, "Three.", "Four.", "Short.") as stage:
        talk(stage, "one", "two", "three", "four")
        compact(stage)
        *_, last, summing = stage.model.requests
        assert summing.messages[:-1] == last.messages[: len(summing.messages) - 1]
        assert summing.tools == last.tools


def test_the_next_prompt_is_sent_with_the_summary() -> None:
    with staged(LONG, LONG, "Three.", "Four.", "Short.", "Five.") as stage:
        talk(stage, "one", "two", "three", "four")
        compact(stage)
        talk(stage, "five")
        _, first, *_ = stage.model.requests[-1].messages
        assert summary_of(first) == "Short."


def test_undo_takes_a_compaction_back_when_nothing_was_said_since() -> None:
    with staged(LONG, "Two.", "Three.", "Short.") as stage:
        talk(stage, "one", "two", "three")
        before = stage.engine.history
        compact(stage)
        stage.engine.submit(ops.UndoTurn())
        stage.wait_for(ev.HistoryReplaced, 2)
        assert stage.engine.history == before
        assert cards(stage) == []


def test_restore_brings_older_turns_back_whatever_was_said_since() -> None:
    with staged(LONG, "Two.", "Three.", "Short.", "Four.") as stage:
        talk(stage, "one", "two", "three")
        compact(stage)
        talk(stage, "four")
        stage.engine.submit(ops.RestoreHistory())
        assert stage.wait_for(ev.HistoryReplaced, 2).change is HistoryChange.RESTORED
        assert prompts_of(stage.engine.history) == ["one", "two", "three", "four"]
        stage.engine.submit(ops.RestoreHistory())
        assert "No older turns" in stage.wait_for(ev.Warned).text


def test_undo_goes_through_what_was_kept_and_then_takes_the_summary_back() -> None:
    with staged(LONG, "Two.", "Short.", "Three.") as stage:
        talk(stage, "one", "two")
        compact(stage)
        talk(stage, "three")
        for count in range(2, 5):
            stage.engine.submit(ops.UndoTurn())
            stage.wait_for(ev.HistoryReplaced, count)
        assert prompts_of(stage.engine.history) == ["one"]


def test_summaries_of_summaries_are_taken_back_one_by_one() -> None:
    with staged(LONG, LONG, "Short one.", LONG, "Four.", "Short two.") as stage:
        talk(stage, "one", "two")
        compact(stage)
        first = stage.engine.history
        talk(stage, "three", "four")
        compact(stage, count=2)
        assert len(cards(stage)) == 2
        stage.engine.submit(ops.RestoreHistory())
        stage.wait_for(ev.HistoryReplaced, 3)
        assert stage.engine.history[: len(first)] == first
        stage.engine.submit(ops.RestoreHistory())
        stage.wait_for(ev.HistoryReplaced, 4)
        assert prompts_of(stage.engine.history) == ["one", "two", "three", "four"]


def test_a_resumed_session_goes_on_with_the_summary_and_can_take_it_back() -> None:
    with staged(LONG, "Two.", "Three.", "Short.") as stage:
        talk(stage, "one", "two", "three")
        before = stage.engine.history
        compact(stage)
    assert isinstance(stage.recorder, FakeRecorder)
    again = folded(stage.recorder.records)
    assert again.messages == stage.engine.history
    assert again.restored == before


def test_cutting_asks_no_model() -> None:
    with staged(LONG, "Two.", "Three.") as stage:
        talk(stage, "one", "two", "three")
        asked = len(stage.model.requests)
        stage.engine.submit(ops.CompactHistory(cut=True))
        replaced = stage.wait_for(ev.HistoryReplaced)
        assert summary_of(replaced.messages[0]) == ""
        assert prompts_of(replaced.messages) == ["two", "three"]
        assert len(stage.model.requests) == asked
        assert "cut" in cards(stage)[0].text


FAILURES = [
    (Reply((Fault(ErrorKind.NETWORK, "No connection."),)), "No connection."),
    (Reply(()), "sent nothing"),
    (Reply(("half",), reason=StopReason.LENGTH), "limit of tokens"),
    (Reply(("half", CutOff())), "cut off"),
    (LONG * 3, "not shorter"),
    ("x" * 30_000, "too long"),
]


@pytest.mark.parametrize(("script", "why"), FAILURES)
def test_a_summary_that_fails_changes_nothing(script: Script, why: str) -> None:
    with staged("One.", "Two.", "Three.", script, "Four.") as stage:
        talk(stage, "one", "two", "three")
        before = stage.engine.history
        assert why in compact(stage).problem
        assert stage.engine.history == before
        talk(stage, "four")


def test_a_summary_that_cannot_be_shorter_is_not_waited_for() -> None:
    endless = Reply((*(Prose("and so on " * 50) for _ in range(8)), Hold()))
    with staged(LONG, "Two.", "Three.", endless, "Four.") as stage:
        talk(stage, "one", "two", "three")
        problem = compact(stage).problem
        assert "not shorter" in problem
        assert "can also cut them" in problem
        talk(stage, "four")


def test_esc_while_a_summary_is_written_changes_nothing() -> None:
    hold = Hold()
    with staged(LONG, "Two.", Reply((Prose("The per"), hold))) as stage:
        talk(stage, "one", "two")
        before = stage.engine.history
        stage.engine.submit(ops.CompactHistory())
        assert hold.reached.wait(10)
        stage.engine.interrupt()
        assert "you stopped it" in stage.wait_for(ev.CompactionFinished).problem
        assert stage.engine.history == before


def test_quitting_while_a_summary_is_written_ends_it() -> None:
    hold = Hold()
    with staged(LONG, "Two.", Reply((Prose("The per"), hold))) as stage:
        talk(stage, "one", "two")
        stage.engine.submit(ops.CompactHistory())
        assert hold.reached.wait(10)
    assert stage.of(ev.CompactionFinished)


def test_nothing_said_is_nothing_to_sum_up() -> None:
    with staged() as stage:
        assert stage.engine.compaction_plan() is None
        stage.engine.submit(ops.CompactHistory())
        assert "nothing to sum up" in stage.wait_for(ev.Warned).text


# -- when the context gets full -----------------------------------------------------------------
def test_a_context_that_gets_full_is_announced_once_a_step_and_left_alone() -> None:
    with staged(LONG, LONG, LONG, LONG, facts=SMALL) as stage:
        talk(stage, "one", "two", "three", "four")
        nearing, full = stage.of(ev.CompactionAnnounced)
        assert "%compact sums up" in nearing.text
        assert nearing.context_window == 2400
        meter = nearing.context_tokens / nearing.context_window
        assert f"{meter:.0%} full" in nearing.text  # as the status bar says it
        assert full.context_tokens > nearing.context_tokens
        assert stage.of(ev.CompactionStarted) == []


def test_a_server_of_ones_own_says_when_the_context_is_full() -> None:
    class ServedModel(ScriptedModel):
        def facts(self, model: str, api_base: str = "") -> ModelFacts:
            return SMALL if api_base else ModelFacts()

    base = "http://localhost:1/v1"
    builder = RequestBuilder(ServedModel(), ScriptedShells(), "/tmp")
    assert builder.room(Settings(model="m", api_base=base))[0] == SMALL.context_window
    assert builder.room(Settings(model="m"))[0] == 0


def test_auto_makes_room_before_the_prompt_that_needs_it() -> None:
    replies = (LONG, LONG, LONG, LONG, "They said words.", "Five.")
    with staged(*replies, facts=SMALL, settings=AUTO) as stage:
        talk(stage, "one", "two", "three", "four", "five")
        order = [
            type(event)
            for event in stage.events
            if isinstance(event, ev.CompactionStarted | ev.CompactionFinished | ev.TurnStarted)
        ]
        assert order[-3:] == [ev.CompactionStarted, ev.CompactionFinished, ev.TurnStarted]
        assert "the model sums up" in stage.of(ev.CompactionAnnounced)[0].text
        assert prompts_of(stage.engine.history)[-1] == "five"
        assert summary_of(stage.engine.history[0]) == "They said words."


def test_auto_goes_on_without_a_summary_if_there_is_none() -> None:
    replies = (
        LONG,
        LONG,
        LONG,
        LONG,
        Reply((Fault(ErrorKind.NETWORK, "No connection."),)),
        "Five.",
    )
    with staged(*replies, facts=SMALL, settings=AUTO) as stage:
        talk(stage, "one", "two", "three", "four", "five")
        assert stage.of(ev.TurnFinished)[-1].reason is TurnEnd.COMPLETED
        assert stage.of(ev.HistoryReplaced) == []


def test_esc_while_room_is_made_gives_the_prompt_back() -> None:
    hold = Hold()
    replies = (LONG, LONG, LONG, LONG, Reply((hold,)))
    with staged(*replies, facts=SMALL, settings=AUTO) as stage:
        talk(stage, "one", "two", "three", "four")
        stage.prompt("five")
        assert hold.reached.wait(10)
        stage.engine.interrupt()
        assert stage.wait_for(ev.PromptReturned).text == "five"
        assert stage.events[-1] == ev.StateChanged(EngineState.IDLE)


def test_off_says_and_does_nothing() -> None:
    off = replace(AUTO, compaction=Compaction.OFF)
    with staged(LONG, LONG, LONG, LONG, facts=SMALL, settings=off) as stage:
        talk(stage, "one", "two", "three", "four")
        assert not stage.of(ev.CompactionAnnounced)
        assert not stage.of(ev.CompactionStarted)


def test_the_meter_falls_with_the_summary() -> None:
    with staged(LONG, LONG, "Three.", "Short.", facts=SMALL) as stage:
        talk(stage, "one", "two", "three")
        before = stage.of(ev.UsageReported)[-1]
        compact(stage)
        after = stage.of(ev.UsageReported)[-1]
        assert after.context_tokens < before.context_tokens
        assert after.session.completion_tokens > before.session.completion_tokens


# -- the parts ----------------------------------------------------------------------------------
def said(*prompts: str) -> tuple[ChatMessage, ...]:
    pairs = [
        (ChatMessage(Role.USER, p), ChatMessage(Role.ASSISTANT, f"About {p}")) for p in prompts
    ]
    return tuple(message for pair in pairs for message in pair)


def test_a_large_last_turn_is_summed_up_too() -> None:
    messages = (*said("one"), ChatMessage(Role.USER, LONG))
    plan = planned(messages, 300, 400, estimate_tokens)
    assert plan is not None
    assert (plan.turns, plan.kept) == (2, ())


def test_trimming_leaves_the_summary_in_place() -> None:
    messages = (summary_message("What was."), *said("one " * 100, "two"))
    room = estimate_tokens((messages[0], *messages[3:]))
    fitted = fit(messages, room, estimate_tokens)
    assert fitted.messages == (messages[0], *messages[3:])
    assert fitted.tokens == room


def test_what_a_person_writes_is_never_taken_for_a_summary() -> None:
    assert summary_of(ChatMessage(Role.USER, summary_message("x").text[1:])) is None
    assert summary_of(ChatMessage(Role.ASSISTANT, summary_message("x").text)) is None


BROKEN = [
    [ev.CompactionFinished()],
    [ev.CompactionStarted(1, 1)],
    [ev.CompactionStarted(1, 1), ev.CompactionStarted(1, 1), ev.CompactionFinished()],
    [ev.CompactionStarted(1, 1), ev.TurnStarted("x")],
    [ev.HistoryReplaced(said("one"), "", HistoryChange.COMPACTED)],
    [ev.HistoryReplaced(said("one"), "", HistoryChange.RESTORED)],
]


@pytest.mark.parametrize("told", BROKEN)
def test_what_cannot_be_is_found(told: list[ev.Event]) -> None:
    envelopes = [ev.Envelope(number, 1.0, "s", 1, event) for number, event in enumerate(told, 1)]
    with pytest.raises(BrokenInvariantError):
        check_invariants(envelopes)


def test_what_is_shown_and_exported_keeps_every_word() -> None:
    with staged(LONG, "Two.", "Three.", "What was said.") as stage:
        talk(stage, "one", "two", "three")
        compact(stage)
    transcript = Transcript()
    transcript.replay(stage.envelopes)
    texts = [b.text for b in transcript.blocks if isinstance(b, PromptBlock | ProseBlock)]
    assert texts == ["one", LONG, "two", "Two.", "three", "Three."]


ACTS = ["say", "undo", "redo", "retry", "compact", "restore", "reset", "load", "reopen"]


class Telling:
    """A session that is told act by act, as the performer would."""

    def __init__(self) -> None:
        self.told: list[ev.Envelope] = []
        self.history = History()
        self._turn = 0

    def tell(self, event: ev.Event) -> None:
        self.told.append(ev.Envelope(len(self.told) + 1, 1.0, "s", self._turn, event))
        self.history.apply(self.told[-1])

    def replace(self, messages: tuple[ChatMessage, ...], change: HistoryChange) -> None:
        self.tell(ev.HistoryReplaced(messages, "", change))

    def say(self, prompt: str) -> None:
        self._turn += 1
        self.tell(ev.TurnStarted(prompt))
        self.tell(ev.MessageStarted(f"m{self._turn}"))
        self.tell(ev.TextAdded(f"m{self._turn}", "answer"))
        self.tell(ev.MessageFinished(f"m{self._turn}", "answer", complete=True))
        self.tell(ev.TurnFinished(TurnEnd.COMPLETED))

    def act(self, name: str) -> None:
        now = self.history.messages
        places = [place for place, one in enumerate(now) if is_prompt(one)]
        plan = planned(now, 0, 0, estimate_tokens)
        match name:
            case "say":
                self.say(f"prompt {len(self.told)}")
            case "undo" if places:
                self.replace(now[: places[-1]], HistoryChange.UNDONE)
            case "redo" if self.history.taken_back:
                self.replace((*now, *self.history.taken_back), HistoryChange.REDONE)
            case "retry" if places:
                self.replace(now[: places[-1]], HistoryChange.RETRIED)
                self.say(now[places[-1]].text)
            case "compact" if plan is not None:
                self.replace((summary_message("s"), *plan.kept), HistoryChange.COMPACTED)
            case "restore" if self.history.restored:
                self.replace(self.history.restored, HistoryChange.RESTORED)
            case "reset":
                self.replace((), HistoryChange.RESET)
            case "load":
                loaded = (ChatMessage(Role.USER, f"loaded {len(self.told)}"),)
                self.replace(loaded, HistoryChange.LOADED)
            case "reopen":
                self.tell(ev.SessionOpened("", "m", "/", "1"))
            case _:
                pass


@given(st.lists(st.sampled_from(ACTS), max_size=25))
@settings(max_examples=150, deadline=None)
def test_whatever_is_done_every_summary_can_be_taken_back(acts: list[str]) -> None:
    telling = Telling()
    for act in acts:
        telling.act(act)
    again = folded(telling.told)
    assert (again.messages, again.restored) == (
        telling.history.messages,
        telling.history.restored,
    )
    while telling.history.restored:
        telling.act("restore")
    check_invariants(telling.told)
    transcript = Transcript()
    transcript.replay(telling.told)
    counted = [b.text for b in transcript.blocks if isinstance(b, PromptBlock) and not b.undone]
    assert prompts_of(telling.history.messages) == counted
    assert not [b for b in transcript.blocks if _is_summary(b) and not b.undone]


def _is_summary(block: Block) -> bool:
    return isinstance(block, NoticeBlock) and block.kind is NoticeKind.COMPACTED
