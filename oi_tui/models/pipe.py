"""Carries the parts of one reply from the thread that reads the wire to the one that iterates.

Owns joining of neighbours, the bound on what waits, and the limits on silence. Ends at once when
closed, whatever the wire does. Knows no wire.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from oi_tui.models.base import CallDelta, ReasoningDelta, ReplyPart, TextDelta
from oi_tui.models.policy import Timeouts
from oi_tui.models.trouble import AttemptError, Cause, Trouble

MOST_WAITING = 1_000_000  # characters; the writer waits beyond


class PartPipe:
    """A bounded queue of reply parts with one writer and one reader."""

    def __init__(self, timeouts: Timeouts, clock: Callable[[], float] = time.monotonic) -> None:
        self._timeouts = timeouts
        self._clock = clock
        self._changed = threading.Condition()
        self._parts: deque[ReplyPart] = deque()
        self._size = 0
        self._trouble: Trouble | None = None
        self._ended = False
        self._closed = False
        self._heard = clock()
        self._has_answered = False

    @property
    def closed(self) -> bool:
        """Whether the reader wants no more."""
        return self._closed

    @property
    def ended(self) -> bool:
        """Whether the writer has no more."""
        return self._ended

    # -- writer -----------------------------------------------------------------------------------
    def put(self, parts: Iterable[ReplyPart]) -> None:
        """Add parts; waits while too much is unread. No parts: a sign of life."""
        with self._changed:
            self._changed.wait_for(lambda: self._size < MOST_WAITING or self._closed)
            self._heard = self._clock()
            self._has_answered = True
            for part in parts:
                self._size += _size(part)
                self._parts.append(part)
            self._changed.notify_all()

    def end(self, trouble: Trouble | None = None) -> None:
        """No more parts come; `trouble` says why if the reply is not whole. First call wins."""
        with self._changed:
            if not self._ended:
                self._ended, self._trouble = True, trouble
            self._changed.notify_all()

    # -- reader -----------------------------------------------------------------------------------
    def close(self) -> None:
        """Want no more: the iteration ends, a waiting writer goes on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def __iter__(self) -> Iterator[ReplyPart]:
        """Yield parts, neighbours joined, until the end.

        Raises:
            AttemptError: the reply is not whole, or nothing came for too long.
        """
        while True:
            batch = self._take()
            if batch is None:
                return
            for part in joined(batch):
                if self._closed:
                    return
                yield part

    def _take(self) -> list[ReplyPart] | None:
        with self._changed:
            while not self._parts and not self._ended and not self._closed:
                allowed = (
                    self._timeouts.between if self._has_answered else self._timeouts.first_token
                )
                left = self._heard + allowed - self._clock()
                if left <= 0:
                    raise AttemptError(Trouble(Cause.TIMEOUT, f"{allowed:g} s"))
                self._changed.wait(left)
            if self._closed:
                return None
            if not self._parts:
                if self._trouble is not None:
                    raise AttemptError(self._trouble)
                return None
            batch = list(self._parts)
            self._parts.clear()
            self._size = 0
            self._heard = self._clock()  # silence counts from when the reader is listening
            self._changed.notify_all()
            return batch


def _size(part: ReplyPart) -> int:
    match part:
        case TextDelta(text) | ReasoningDelta(text):
            return len(text)
        case CallDelta():
            return len(part.arguments) + len(part.name)
    return 1


def joined(parts: Iterable[ReplyPart]) -> Iterator[ReplyPart]:
    """Join neighbouring deltas of the same kind (and the same call)."""
    run: list[ReplyPart] = []
    for part in parts:
        if run and not _belongs(run[0], part):
            yield _one(run)
            run = []
        run.append(part)
    if run:
        yield _one(run)


def _belongs(first: ReplyPart, other: ReplyPart) -> bool:
    if isinstance(first, CallDelta) and isinstance(other, CallDelta):
        same_call = first.index == other.index and other.call_id in ("", first.call_id)
        return same_call and not other.name
    return type(first) is type(other) and isinstance(first, TextDelta | ReasoningDelta)


def _one(run: list[ReplyPart]) -> ReplyPart:
    first = run[0]
    if len(run) == 1:
        return first
    match first:
        case TextDelta():
            return TextDelta("".join(p.text for p in run if isinstance(p, TextDelta)))
        case ReasoningDelta():
            return ReasoningDelta("".join(p.text for p in run if isinstance(p, ReasoningDelta)))
        case CallDelta(index, call_id, name, _):
            arguments = "".join(p.arguments for p in run if isinstance(p, CallDelta))
            return CallDelta(index, call_id, name, arguments)
    return first
