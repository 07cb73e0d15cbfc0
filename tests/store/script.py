"""A scripted session: the envelopes that a real one would record, without an engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import (
    Decider,
    Decision,
    EngineState,
    RunStatus,
    TurnEnd,
    digest_of,
)
from oi_tui.store.journal import Journal
from oi_tui.store.lock import SessionLock
from oi_tui.store.writer import FileCalls

CODE = "print('Größe: 大小 👩‍👩‍👧')\n# `backticks` \\ and \x00\x1b\n"


def envelopes(
    events: Iterable[tuple[int, ev.Event]], session_id: str = "s1", first: int = 1
) -> Iterator[ev.Envelope]:
    """Number events given with their turn, one second apart."""
    for seq, (turn, event) in enumerate(events, first):
        yield ev.Envelope(seq, 1_700_000_000.0 + seq, session_id, turn, event)


def turn(number: int, prompt: str) -> Iterator[tuple[int, ev.Event]]:
    """One turn: prose, a proposal, its approval and its run."""
    message, call = f"m{number}", f"c{number}"
    digest = digest_of(CODE)
    told: tuple[ev.Event, ...] = (
        ev.TurnStarted(prompt),
        ev.StateChanged(EngineState.THINKING),
        ev.MessageStarted(message),
        ev.TextAdded(message, "Let me "),
        ev.TextAdded(message, "look. 讓我看看"),
        ev.MessageFinished(message, "Let me look. 讓我看看", complete=True),
        ev.CodeStarted(call, "python"),
        ev.CodeAdded(call, CODE),
        ev.CodeFinished(call, "python", CODE, digest, runnable=True),
        ev.ApprovalRequested(call, "python", CODE, digest, "/work", "python3"),
        ev.ApprovalResolved(call, Decision.APPROVE, digest, Decider.USER),
        ev.RunStarted(call, "python", digest),
        ev.OutputAdded(call, b"clean text\r\n"),
        ev.OutputAdded(call, b"\xff\x00 bytes"),
        ev.RunFinished(call, RunStatus.OK, 0, 0.25, "/work", 20),
        ev.TurnFinished(TurnEnd.COMPLETED),
    )
    return ((number, event) for event in told)


def opened(folder: str = "/work", title: str = "", model: str = "gpt-4o") -> tuple[int, ev.Event]:
    """The first event of each opening."""
    return (0, ev.SessionOpened(title, model, folder, "0.1.0"))


def session(turns: int = 1, session_id: str = "s1") -> list[ev.Envelope]:
    """A whole session."""
    told = [opened()]
    for number in range(1, turns + 1):
        told.extend(turn(number, f"prompt {number}"))
    return list(envelopes(told, session_id))


def journal(root: Path, session_id: str = "s1", calls: FileCalls | None = None) -> Journal:
    """A journal in `root`, named as the store would."""
    return Journal(
        root / f"{session_id}.journal",
        session_id,
        lock=SessionLock(root / f"{session_id}.lock"),
        calls=calls,
    )


def write_session(root: Path, told: Iterable[ev.Envelope], session_id: str = "s1") -> Path:
    """Write a journal and return its path."""
    one = journal(root, session_id)
    for envelope in told:
        assert one.record(envelope) is None
    assert one.close() is None
    return root / f"{session_id}.journal"
