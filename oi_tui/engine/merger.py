"""Joins neighbouring deltas, so that nobody pays for each token.

Owns what may be joined: texts, codes and outputs of the same id that follow each other. Anything
else keeps its place. Knows no thread, file or queue.
"""

from __future__ import annotations

from collections.abc import Sequence

from oi_tui.protocol import events as ev

RECORD_SECONDS = 1.0
RECORD_BYTES = 64 * 1024

Delta = ev.TextAdded | ev.CodeAdded | ev.OutputAdded


def delta_key(event: ev.Event) -> tuple[str, str] | None:
    """Return what a delta adds to (kind and id), or None if `event` is no delta."""
    match event:
        case ev.TextAdded(message_id=name):
            return ("text", name)
        case ev.CodeAdded(call_id=name):
            return ("code", name)
        case ev.OutputAdded(call_id=name):
            return ("output", name)
        case _:
            return None


def delta_size(event: ev.Event) -> int:
    """Return how much a delta adds, in characters or bytes."""
    match event:
        case ev.TextAdded(text=text) | ev.CodeAdded(text=text):
            return len(text)
        case ev.OutputAdded(data=data):
            return len(data)
        case _:
            return 0


def join_deltas(events: Sequence[ev.Event]) -> ev.Event:
    """Return one event for neighbouring deltas of the same key (at least one)."""
    first = events[0]
    if len(events) == 1:
        return first
    texts = "".join(e.text for e in events if isinstance(e, ev.TextAdded | ev.CodeAdded))
    match first:
        case ev.TextAdded(message_id=name):
            return ev.TextAdded(name, texts)
        case ev.CodeAdded(call_id=name):
            return ev.CodeAdded(name, texts)
        case ev.OutputAdded(call_id=name):
            data = b"".join(e.data for e in events if isinstance(e, ev.OutputAdded))
            return ev.OutputAdded(name, data)
        case _:
            raise ValueError("only deltas can be joined")


class Merger:
    """Holds deltas until something else comes, or enough of them have.

    All pieces of one joined delta carry its number, so numbers have no gaps for whoever sees the
    pieces and for whoever sees the joined one.
    """

    def __init__(self, seconds: float = RECORD_SECONDS, size: int = RECORD_BYTES) -> None:
        self._seconds, self._limit = seconds, size
        self._key: tuple[str, str] | None = None
        self._pieces: list[ev.Event] = []
        self._size = 0
        self._first: ev.Envelope | None = None

    def continues(self, event: ev.Event, at: float) -> bool:
        """Return True if `event` joins what is held."""
        return (
            self._first is not None
            and delta_key(event) == self._key
            and self._size < self._limit
            and 0 <= at - self._first.at < self._seconds
        )

    def is_due(self, at: float) -> bool:
        """Return True if something is held for as long as may be."""
        return self._first is not None and at - self._first.at >= self._seconds

    def hold(self, envelope: ev.Envelope) -> None:
        """Keep a delta. What is held must have been flushed unless the delta continues it."""
        if self._first is None:
            self._first, self._key = envelope, delta_key(envelope.event)
        self._pieces.append(envelope.event)
        self._size += delta_size(envelope.event)

    def flush(self) -> ev.Envelope | None:
        """Return what is held as one delta, and hold nothing."""
        first = self._first
        if first is None:
            return None
        event = join_deltas(self._pieces)
        self._first, self._key, self._pieces, self._size = None, None, [], 0
        return ev.Envelope(first.seq, first.at, first.session_id, first.turn, event)
