"""Carries events from the engine's threads to a front end's loop, with one wake for many events.

Owns the queue and its wake flag. Knows neither of the two threads.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from oi_tui.engine.merger import delta_key, delta_size, join_deltas
from oi_tui.protocol import events as ev

BATCH = 256
JOINED = 32 * 1024  # characters or bytes of one joined delta: what a front end shows in one go


class Mailbox:
    """A queue that joins neighbouring deltas and wakes its reader once until it drains."""

    def __init__(self, wake: Callable[[], None], limit: int = BATCH) -> None:
        self._wake, self._limit = wake, limit
        self._lock = threading.Lock()
        self._queue: deque[ev.Envelope] = deque()
        self._is_awake = False

    def put(self, envelope: ev.Envelope) -> None:
        """Take an event; any thread. Never blocks on the reader."""
        with self._lock:
            self._append(envelope)
            wake = not self._is_awake
            self._is_awake = True
        if wake:
            self._wake()

    def drain(self) -> list[ev.Envelope]:
        """Return at most `limit` events, oldest first; wake again if more are left."""
        with self._lock:
            count = min(self._limit, len(self._queue))
            batch = [self._queue.popleft() for _ in range(count)]
            self._is_awake = bool(self._queue)
            more = self._is_awake
        if more:
            self._wake()
        return batch

    def _append(self, envelope: ev.Envelope) -> None:
        key = delta_key(envelope.event)
        if key is not None and self._queue:
            last = self._queue[-1]
            size = delta_size(last.event) + delta_size(envelope.event)
            # Pieces of one record only: the numbers that the reader sees stay without gaps.
            is_same = delta_key(last.event) == key and last.seq == envelope.seq
            if is_same and size <= JOINED:
                event = join_deltas((last.event, envelope.event))
                self._queue[-1] = ev.Envelope(last.seq, last.at, last.session_id, last.turn, event)
                return
        self._queue.append(envelope)
