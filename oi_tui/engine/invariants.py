"""What must hold for every stream of events, whoever produced it.

Ships with the engine so that tests, replays and the doctor can all ask it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from oi_tui.config.schema import Settings
from oi_tui.engine.changes import UnfitChangeError, changed
from oi_tui.engine.merger import delta_key
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import (
    APPROVING,
    ChatMessage,
    Decider,
    HistoryChange,
    Origin,
    digest_of,
    origin_of,
)
from oi_tui.protocol.reports import summary_of


class BrokenInvariantError(AssertionError):
    """A stream of events told something that cannot be."""


def check_invariants(envelopes: Iterable[ev.Envelope], *, is_whole: bool = True) -> None:
    """Check a stream; live (pieces of a delta share a number) or recorded.

    `is_whole`: the stream has ended, so nothing may be open any more.

    Raises:
        BrokenInvariantError: with the number of the event and what is wrong.
    """
    checker = _Checker()
    last: ev.Envelope | None = None
    for envelope in envelopes:
        _check_order(last, envelope)
        checker.check(envelope)
        last = envelope
    if is_whole:
        checker.check_nothing_open()


def _require(condition: object, what: str) -> None:
    if not condition:
        raise BrokenInvariantError(what)


def _check_order(last: ev.Envelope | None, envelope: ev.Envelope) -> None:
    if last is None:
        return
    _require(
        not isinstance(last.event, ev.EngineStopped)
        or isinstance(envelope.event, ev.SessionOpened),
        f"{envelope.seq}: {envelope.event} came after the stop",
    )
    _require(envelope.turn >= last.turn, f"{envelope.seq}: the turn went back")
    if envelope.seq == last.seq:
        key = delta_key(envelope.event)
        _require(key is not None and key == delta_key(last.event), f"{envelope.seq} came twice")
    else:
        _require(envelope.seq == last.seq + 1, f"{envelope.seq} follows {last.seq}")


def _check_setting(seq: int, event: ev.SettingChanged) -> None:
    try:
        changed(Settings(), event.name, event.text)
    except UnfitChangeError as problem:
        raise BrokenInvariantError(f"{seq}: {problem}") from None


def _needs_consent(call_id: str) -> bool:
    """Return whether only a person may let this run, whatever they allowed before."""
    return origin_of(call_id) is Origin.REPLAY


class _Checker:
    """Follows one stream."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._undone = 0  # how many turns can be put back
        self._replaced: tuple[ChatMessage, ...] | None = None  # the history, if nothing came since
        self._compacted = 0  # how many compactions can be taken back
        self._clear()

    def _clear(self) -> None:
        self._is_turn_open = self._is_compacting = False
        self._messages: dict[str, list[str]] = {}
        self._codes: dict[str, list[str]] = {}
        self._runnable: dict[str, str] = {}  # call id -> digest that may be decided about
        self._asked: set[str] = set()
        self._approved: dict[str, str] = {}
        self._runs: dict[str, int] = {}

    def check(self, envelope: ev.Envelope) -> None:
        """Check one event against all before it."""
        event, seq = envelope.event, envelope.seq
        match event:
            case ev.SessionOpened():
                self._clear()  # a crash may have left anything open
            case ev.TurnStarted():
                _require(not self._is_turn_open, f"{seq}: a turn began within a turn")
                _require(not self._is_compacting, f"{seq}: a turn began within a compaction")
                self._is_turn_open = True
                self._undone, self._replaced = 0, None
            case ev.TurnFinished():
                _require(self._is_turn_open, f"{seq}: no turn to finish")
                self.check_nothing_open(but_turn=True)
                self._is_turn_open = False
                self._approved.clear()
            case ev.MessageStarted() | ev.TextAdded() | ev.MessageFinished():
                self._prose(seq, event)
            case ev.CodeStarted() | ev.CodeAdded() | ev.CodeFinished():
                self._code(seq, event)
            case ev.ApprovalRequested() | ev.ProposalEdited() | ev.ApprovalResolved():
                self._approval(seq, event)
            case ev.HistoryReplaced():
                self._history(seq, event)
            case ev.CompactionStarted() | ev.CompactionFinished():
                self._compaction(seq, event)
            case ev.SettingChanged():
                _check_setting(seq, event)
            case ev.ScanStarted() | ev.ProposalScanned():
                self._scan(seq, event)
            case ev.EngineStopped():
                self.check_nothing_open()
            case _:
                self._run(seq, event)

    def check_nothing_open(self, *, but_turn: bool = False) -> None:
        """Check that whatever began has ended."""
        _require(but_turn or not self._is_turn_open, "a turn never finished")
        _require(not self._is_compacting, "a compaction never finished")
        _require(not self._messages, f"messages never finished: {[*self._messages]}")
        _require(not self._codes, f"code never finished: {[*self._codes]}")
        _require(not self._asked, f"approvals never resolved: {[*self._asked]}")
        _require(not self._runs, f"runs never finished: {[*self._runs]}")

    def _new_name(self, seq: int, name: str) -> None:
        _require(self._is_turn_open, f"{seq}: {name} began outside of a turn")
        _require(name not in self._names, f"{seq}: the name {name} was used before")
        self._names.add(name)

    def _prose(
        self, seq: int, event: ev.MessageStarted | ev.TextAdded | ev.MessageFinished
    ) -> None:
        name = event.message_id
        if isinstance(event, ev.MessageStarted):
            self._new_name(seq, name)
            self._messages[name] = []
            return
        _require(name in self._messages, f"{seq}: message {name} is not open")
        if isinstance(event, ev.TextAdded):
            self._messages[name].append(event.text)
        else:
            added = "".join(self._messages.pop(name))
            _require(added == event.text, f"{seq}: message {name} adds up to something else")

    def _code(self, seq: int, event: ev.CodeStarted | ev.CodeAdded | ev.CodeFinished) -> None:
        name = event.call_id
        if isinstance(event, ev.CodeStarted):
            self._new_name(seq, name)
            self._codes[name] = []
            return
        _require(name in self._codes, f"{seq}: code {name} is not open")
        if isinstance(event, ev.CodeAdded):
            self._codes[name].append(event.text)
            return
        added = "".join(self._codes.pop(name))
        _require(added == event.code, f"{seq}: code {name} adds up to something else")
        _require(event.digest == digest_of(event.code), f"{seq}: wrong digest of {name}")
        _require(event.runnable != bool(event.problem), f"{seq}: {name} needs a problem or none")
        if event.runnable:
            self._runnable[name] = event.digest

    def _approval(
        self, seq: int, event: ev.ApprovalRequested | ev.ProposalEdited | ev.ApprovalResolved
    ) -> None:
        name = event.call_id
        _require(name in self._runnable, f"{seq}: {name} cannot be decided about")
        match event:
            case ev.ApprovalRequested():
                _require(event.digest == self._runnable[name], f"{seq}: other code was asked for")
                self._asked.add(name)
            case ev.ProposalEdited(code=code, digest=digest):
                _require(name in self._asked, f"{seq}: {name} is not open")
                _require(digest == digest_of(code), f"{seq}: wrong digest of {name}")
                self._runnable[name] = digest
            case ev.ApprovalResolved(decision=decision, digest=digest):
                is_consent = name in self._asked and event.by is Decider.USER
                _require(
                    is_consent or decision not in APPROVING or not _needs_consent(name),
                    f"{seq}: {name} was put up again, and nobody was asked",
                )
                self._asked.discard(name)
                _require(digest == self._runnable.pop(name), f"{seq}: other code was decided")
                if decision in APPROVING:
                    self._approved[name] = digest

    def _history(self, seq: int, event: ev.HistoryReplaced) -> None:
        _require(not self._is_turn_open, f"{seq}: the history changed within a turn")
        before, now = self._replaced, event.messages
        match event.change:
            case HistoryChange.UNDONE:
                is_part = before is None or (now == before[: len(now)] and len(now) < len(before))
                _require(is_part, f"{seq}: what is left was not there before")
                self._undone += 1
            case HistoryChange.REDONE:
                _require(self._undone and before is not None, f"{seq}: nothing to put back")
                is_more = before is not None and now[: len(before)] == before and now != before
                _require(is_more, f"{seq}: nothing was put back")
                self._undone -= 1
            case HistoryChange.COMPACTED:
                _require(now and summary_of(now[0]) is not None, f"{seq}: nothing stands for it")
                self._undone = 0
                self._compacted += 1
            case HistoryChange.RESTORED:
                _require(self._compacted > 0, f"{seq}: nothing to restore")
                self._compacted -= 1
            case HistoryChange.RETRIED:
                self._undone = 0
            case HistoryChange.LOADED | HistoryChange.RESET:
                self._undone = self._compacted = 0
        self._replaced = now

    def _compaction(self, seq: int, event: ev.CompactionStarted | ev.CompactionFinished) -> None:
        is_start = isinstance(event, ev.CompactionStarted)
        _require(not self._is_turn_open, f"{seq}: a compaction within a turn")
        _require(is_start is not self._is_compacting, f"{seq}: {event} makes no sense here")
        self._is_compacting = is_start

    def _scan(self, seq: int, event: ev.ScanStarted | ev.ProposalScanned) -> None:
        name = event.call_id
        _require(name in self._runnable, f"{seq}: {name} cannot be decided about any more")
        if isinstance(event, ev.ProposalScanned):
            _require(name in self._asked, f"{seq}: {name} was scanned, but not asked about")
            _require(event.digest == self._runnable[name], f"{seq}: other code was scanned")

    def _run(self, seq: int, event: ev.Event) -> None:
        match event:
            case ev.RunStarted(name, _, digest):
                _require(self._approved.pop(name, None) == digest, f"{seq}: {name} not approved")
                _require(not self._runs, f"{seq}: two runs at once")
                self._runs[name] = 0
            case ev.OutputAdded(name, data):
                _require(name in self._runs, f"{seq}: output of {name}, which does not run")
                self._runs[name] += len(data)
            case ev.OutputOmitted(name, count):
                _require(name in self._runs and count > 0, f"{seq}: nothing of {name} to omit")
                self._runs[name] += count
            case ev.DisplayAdded(name) | ev.LineReached(name) | ev.InputAwaited(name):
                _require(name in self._runs, f"{seq}: {name} does not run")
            case ev.RunFinished(name, output_bytes=count):
                _require(self._runs.pop(name, None) == count, f"{seq}: wrong count of {name}")
            case _:
                pass
