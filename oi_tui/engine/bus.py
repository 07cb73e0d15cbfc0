"""The one way out of the engine: numbers events, records them, tells the listeners.

Owns the order. Live listeners get every delta at once; the recorder gets neighbouring deltas
joined (up to a second or 64 kB), so that a journal stays small. The live pieces of one recorded
delta all carry that record's number: numbers count from 1 without gaps for both kinds of reader,
and every other event has the same number live and on disk. Knows no file format and no widget.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from oi_tui.engine import problems
from oi_tui.engine.merger import Merger, delta_key
from oi_tui.protocol import events as ev
from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.text.translation import tr

BACKLOG = 20_000  # envelopes kept while the recorder fails, to be recorded once it can

Listener = Callable[[ev.Envelope], None]


class Recorder(Protocol):
    """Where events are kept."""

    def record(self, envelope: ev.Envelope) -> ErrorInfo | None:
        """Keep an event (to the disk where `is_acknowledgement`); return what went wrong."""
        ...


class Bus:
    """Events of one session, in one order, from any thread.

    A listener is called under the lock: it must return at once and must not emit.
    """

    def __init__(
        self,
        session_id: str,
        recorder: Recorder | None = None,
        first_seq: int = 1,
        first_turn: int = 0,
    ) -> None:
        self.session_id = session_id
        self._recorder = recorder
        self._seq = first_seq - 1
        self._turn = first_turn
        self._lock = threading.Lock()
        self._merger = Merger()
        self._listeners: list[Listener] = []
        self._backlog: deque[ev.Envelope] = deque()
        self._closed = False

    @property
    def turn(self) -> int:
        """The number of the turn that began last."""
        return self._turn

    @property
    def unrecorded(self) -> int:
        """How many events wait, in memory only, for the recorder to work again."""
        return len(self._backlog)

    def subscribe(self, listener: Listener) -> None:
        """Tell `listener` of every event from now on."""
        with self._lock:
            self._listeners.append(listener)

    def emit(self, event: ev.Event) -> bool:
        """Record `event` and tell it. True only if it (for a delta: all before it) is recorded.

        What could not be recorded is kept, and recorded in order once that works again. After
        `EngineStopped` nothing is taken any more.
        """
        with self._lock:
            if self._closed:
                return False
            self._closed = isinstance(event, ev.EngineStopped)
            self._warn(self._take(event))
            return not self._backlog

    def emit_if_recorded(self, event: ev.Event, otherwise: ev.Event) -> bool:
        """Tell `event` only if it is recorded; if it can't be, tell `otherwise` in its place.

        Returns True if `event` was told. An approval goes this way: what is not on disk must not
        be acted upon.
        """
        with self._lock:
            if self._closed:
                return False
            failure = self._record_held() or self._record_waiting()
            if failure is None and not self._backlog:
                envelope = self._number(event)
                failure = self._write(envelope)
                if failure is None:
                    self._tell(envelope)
                    return True
                self._seq -= 1
            self._take(otherwise)
            self._warn(failure)
            return False

    def checkpoint(self) -> None:
        """Record what was held back to be joined, if it waits for long enough."""
        with self._lock:
            if not self._closed and self._merger.is_due(time.time()):
                self._warn(self._record_held())

    # -- under the lock -------------------------------------------------------------------------
    def _take(self, event: ev.Event) -> ErrorInfo | None:
        """Number, record and tell an event; return a failure to record if it is news."""
        joins = self._merger.continues(event, time.time())
        failure = None if joins else self._record_held()
        envelope = self._number(event, joins=joins)
        if delta_key(event) is None:
            failure = self._record(envelope) or failure
        else:
            self._merger.hold(envelope)
        self._tell(envelope)
        return failure

    def _number(self, event: ev.Event, *, joins: bool = False) -> ev.Envelope:
        if not joins:
            self._seq += 1
        if isinstance(event, ev.TurnStarted):
            self._turn += 1
        return ev.Envelope(self._seq, time.time(), self.session_id, self._turn, event)

    def _tell(self, envelope: ev.Envelope) -> None:
        mistakes = []
        for listener in self._listeners:
            try:
                listener(envelope)
            except Exception as mistake:  # one listener's mistake is not the others' loss
                mistakes.append(mistake)
        if mistakes and not self._closed and not isinstance(envelope.event, ev.Warned):
            info = problems.internal(mistakes[0])
            self._take(ev.Warned(info.kind, f"{info.title} {info.detail}"))

    def _warn(self, failure: ErrorInfo | None) -> None:
        if failure is not None and not self._closed:
            text = tr("{title} Nothing runs until that works again.", title=failure.title)
            self._take(ev.Warned(ErrorKind.STORE, f"{text} {failure.detail}".strip()))

    def _record_held(self) -> ErrorInfo | None:
        held = self._merger.flush()
        return None if held is None else self._record(held)

    def _record(self, envelope: ev.Envelope) -> ErrorInfo | None:
        """Record an event after those that wait; return a failure only when it is news."""
        if self._recorder is None:
            return None
        is_news = not self._backlog
        self._backlog.append(envelope)
        failure = self._record_waiting()
        return failure if is_news else None

    def _record_waiting(self) -> ErrorInfo | None:
        while self._recorder is not None and self._backlog:
            failure = self._write(self._backlog[0])
            if failure is not None:
                if len(self._backlog) > BACKLOG:
                    self._backlog.popleft()
                return failure
            self._backlog.popleft()
        return None

    def _write(self, envelope: ev.Envelope) -> ErrorInfo | None:
        if self._recorder is None:
            return None
        try:
            return self._recorder.record(envelope)
        except Exception as mistake:  # as bad as a full disk, and as little a reason to end
            return replace(problems.internal(mistake), kind=ErrorKind.STORE)
