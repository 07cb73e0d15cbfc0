"""What the index keeps of a journal: the facts of one line in the list, and texts to be found.

Pure: records in, facts and texts out, one record at a time, so that a grown journal is read on
from where it was. Knows no database.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from oi_tui.protocol import events as ev
from oi_tui.protocol.codec import decode_envelope
from oi_tui.protocol.items import ChatMessage, EngineState, HistoryChange, TurnEnd
from oi_tui.protocol.reports import is_prompt
from oi_tui.protocol.sessions import HitKind, SessionListing, SessionStatus
from oi_tui.store.reader import with_sane_time
from oi_tui.store.records import Record
from oi_tui.text.ansi import plain_output
from oi_tui.text.sanitize import plain

_TITLE_LENGTH = 80
_MOST_TEXT = 20_000  # characters of one record that can be found; the middle of more is left out
# Only these events matter; the lines of all others are passed over without a look inside.
_TELLING = (
    ev.SessionOpened,
    ev.SessionRenamed,
    ev.SessionPinned,
    ev.SessionBranched,
    ev.SessionImported,
    ev.ModelChanged,
    ev.TurnStarted,
    ev.TurnFinished,
    ev.StateChanged,
    ev.InputAwaited,
    ev.EngineStopped,
    ev.UsageReported,
    ev.MessageFinished,
    ev.CodeFinished,
    ev.ProposalEdited,
    ev.OutputAdded,
    ev.HistoryReplaced,
)
_MARKS = tuple(b'"type":"%b"' % kind.__name__.encode() for kind in _TELLING)


class Facts(NamedTuple):
    """What is known of one session from its records so far; times are Unix time."""

    title: str = ""
    named: bool = False  # the title is one that was given, not the first prompt
    folder: str = ""
    model: str = ""
    started: float = 0.0
    changed: float = 0.0
    turns: int = 0
    cost: float | None = None
    pinned: bool = False
    imported: bool = False
    parent_id: str = ""
    state: str = ""  # the engine's last word
    waiting: bool = False
    in_turn: bool = False
    failed: bool = False

    def listing(self, session_id: str, *, is_open: bool, is_elsewhere: bool) -> SessionListing:
        """Return the line of the list. `is_open`: some program has the session open."""
        return SessionListing(
            session_id,
            self.title,
            self.folder,
            self.model,
            self.started,
            self.changed,
            self.turns,
            self.cost,
            bool(self.pinned),
            bool(self.imported),
            self.parent_id,
            self._status(is_open),
            is_elsewhere,
        )

    def _status(self, is_open: bool) -> SessionStatus:
        if is_open and self.state == EngineState.ASKING:
            return SessionStatus.ASKING
        if is_open and self.state in (EngineState.THINKING, EngineState.RUNNING):
            return SessionStatus.WAITING if self.waiting else SessionStatus.RUNNING
        if self.in_turn and not is_open:
            return SessionStatus.CUT_OFF
        return SessionStatus.FAILED if self.failed else SessionStatus.IDLE


@dataclass(frozen=True, slots=True)
class FoundText:
    """A text that a search can find, and the block that holds it."""

    kind: HitKind
    block_id: str
    text: str


def tells_something(line: bytes) -> bool:
    """Return whether the line of a record can matter to the index; quick."""
    head = line[:400]  # the kind of an event stands before its contents
    return any(mark in head for mark in _MARKS)


def read_record(facts: Facts, record: Record) -> tuple[Facts, list[FoundText]]:
    """Return the facts after a record, and the texts in it."""
    envelope = decode_envelope(record.body)
    if envelope is None:
        return facts, []
    envelope = with_sane_time(envelope)
    started = facts.started or envelope.at
    facts = facts._replace(started=started, changed=max(envelope.at, facts.changed))
    return _with_event(facts, envelope.event), list(_texts(envelope))


def _with_event(facts: Facts, event: ev.Event) -> Facts:
    match event:
        case ev.SessionOpened():
            return _opened(facts, event)
        case ev.SessionRenamed(title=title):
            return facts._replace(title=title_of(title), named=True)
        case ev.ModelChanged(model=model):
            return facts._replace(model=model)
        case ev.SessionPinned(on=on):
            return facts._replace(pinned=on)
        case ev.SessionImported():
            return facts._replace(imported=True)
        case ev.SessionBranched(parent_id=parent):
            return facts._replace(parent_id=parent)
        case ev.UsageReported(session=session):
            return facts._replace(cost=session.cost)
        case _:
            return _with_work(facts, event)


def _opened(facts: Facts, event: ev.SessionOpened) -> Facts:
    return facts._replace(
        title=title_of(event.title) or facts.title,
        model=event.model or facts.model,
        folder=event.folder or facts.folder,
        state="",
        waiting=False,
        in_turn=False,
    )


def _with_work(facts: Facts, event: ev.Event) -> Facts:
    match event:
        case ev.TurnStarted(prompt=prompt):
            title = facts.title or title_of(prompt)
            turns = facts.turns + bool(prompt)
            return facts._replace(title=title, turns=turns, in_turn=True, failed=False)
        case ev.TurnFinished(reason=reason):
            failed = reason is TurnEnd.FAILED
            return facts._replace(in_turn=False, failed=failed, waiting=False)
        case ev.StateChanged(state=state):
            return facts._replace(state=str(state))
        case ev.InputAwaited(waiting=waiting):
            return facts._replace(waiting=waiting)
        case ev.EngineStopped():
            return facts._replace(state="", waiting=False)
        case _:
            return facts


def title_of(text: str) -> str:
    """Return the first line of a text that says something, short enough for a list."""
    first = next((line for line in plain(text).splitlines() if line.strip()), "")
    words = " ".join(first.split())
    return words if len(words) <= _TITLE_LENGTH else words[: _TITLE_LENGTH - 1] + "…"


# -- texts ------------------------------------------------------------------------------------
def _texts(envelope: ev.Envelope) -> Iterator[FoundText]:
    match envelope.event:
        case ev.TurnStarted(prompt=prompt) if prompt.strip():
            yield FoundText(HitKind.PROMPT, f"prompt-{envelope.seq}", _bounded(prompt))
        case ev.MessageFinished(message_id=name, text=text) if text.strip():
            yield FoundText(HitKind.PROSE, name, _bounded(text))
        case ev.CodeFinished(call_id=name, code=code) | ev.ProposalEdited(call_id=name, code=code):
            yield FoundText(HitKind.CODE, name, _bounded(code))
        case ev.OutputAdded(call_id=name, data=data):
            text = plain_output(data)
            if text.strip():
                yield FoundText(HitKind.OUTPUT, name, _bounded(text))
        case ev.HistoryReplaced(messages=messages, change=HistoryChange.LOADED):
            yield from _loaded(envelope.seq, messages)
        case _:
            return


def _loaded(seq: int, messages: tuple[ChatMessage, ...]) -> Iterator[FoundText]:
    """Yield the texts of loaded messages, named as the transcript names their blocks."""
    for place, message in enumerate(messages):
        if message.text.strip() and not message.call_id:
            kind = HitKind.PROMPT if is_prompt(message) else HitKind.PROSE
            yield FoundText(kind, f"loaded-{seq}-{place}", _bounded(message.text))
        for call in message.calls:
            yield FoundText(HitKind.CODE, call.call_id, _bounded(call.arguments))


def _bounded(text: str) -> str:
    if len(text) <= _MOST_TEXT:
        return text
    half = _MOST_TEXT // 2
    return f"{text[:half]}\n{text[-half:]}"
