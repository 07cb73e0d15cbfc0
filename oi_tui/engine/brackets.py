"""Remembers what has begun and not ended, so that nothing is left open whatever goes wrong.

A turn closes what it opens; this is the net under it. Pure; knows no thread.
"""

from __future__ import annotations

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import Decider, Decision, RunStatus, digest_of
from oi_tui.text.translation import tr


class Brackets:
    """Give it every event; ask it for the events that close what is open."""

    def __init__(self) -> None:
        self._messages: dict[str, list[str]] = {}
        self._codes: dict[str, tuple[str, list[str]]] = {}
        self._asked: dict[str, str] = {}
        self._runs: dict[str, int] = {}
        self.is_turn_open = False
        self._is_compacting = False

    def apply(self, envelope: ev.Envelope) -> None:
        """Take note of one event."""
        event = envelope.event
        match event:
            case ev.TurnStarted():
                self.is_turn_open = True
            case ev.TurnFinished():
                self.is_turn_open = False
            case ev.CompactionStarted():
                self._is_compacting = True
            case ev.CompactionFinished():
                self._is_compacting = False
            case ev.MessageStarted(name):
                self._messages[name] = []
            case ev.TextAdded(name, text) if name in self._messages:
                self._messages[name].append(text)
            case ev.MessageFinished(name):
                self._messages.pop(name, None)
            case _:
                self._code(event)

    def _code(self, event: ev.Event) -> None:
        match event:
            case ev.CodeStarted(name, language):
                self._codes[name] = (language, [])
            case ev.CodeAdded(name, text) if name in self._codes:
                self._codes[name][1].append(text)
            case ev.CodeFinished(name):
                self._codes.pop(name, None)
            case ev.ApprovalRequested(call_id=name, digest=digest):
                self._asked[name] = digest
            case ev.ProposalEdited(name, _, digest) if name in self._asked:
                self._asked[name] = digest
            case ev.ApprovalResolved(name):
                self._asked.pop(name, None)
            case ev.RunStarted(name):
                self._runs[name] = 0
            case ev.OutputAdded(name, data) if name in self._runs:
                self._runs[name] += len(data)
            case ev.OutputOmitted(name, count) if name in self._runs:
                self._runs[name] += count
            case ev.RunFinished(name):
                self._runs.pop(name, None)
            case _:
                pass

    def closing(self, by: Decider = Decider.ENGINE) -> list[ev.Event]:
        """Return the events that close everything but the turn."""
        events: list[ev.Event] = [
            ev.MessageFinished(name, "".join(pieces), False)
            for name, pieces in self._messages.items()
        ]
        problem = tr("Cut off: the turn ended.")
        for name, (language, pieces) in self._codes.items():
            code = "".join(pieces)
            events.append(ev.CodeFinished(name, language, code, digest_of(code), False, problem))
        events += [
            ev.ApprovalResolved(name, Decision.STOP, digest, by)
            for name, digest in self._asked.items()
        ]
        events += [
            ev.RunFinished(name, RunStatus.DIED, None, 0.0, "", count)
            for name, count in self._runs.items()
        ]
        if self._is_compacting:
            events.append(ev.CompactionFinished(tr("The older turns were not summed up.")))
        return events
