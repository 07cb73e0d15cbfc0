"""The bounded queue between a shell's I/O thread and whoever consumes a run.

The writer never waits: it asks `full` and stops reading its terminal, so the program waits in
write(). The reader gets neighbouring output joined. An abandoned queue is never full.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from oi_tui.shells.base import OutputArrived, RunPart

FULL = 1 << 20  # bytes
LOW = 1 << 18
LARGEST_PART = 1 << 18


class RunQueue:
    """Parts of one run. `resume` is called, in the reader's thread, when `full` ends."""

    def __init__(self, resume: Callable[[], None]) -> None:
        self._resume = resume
        self._parts: deque[RunPart] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._abandoned = False
        self.full = False

    def put(self, part: RunPart) -> None:
        """Add a part. Never waits, never drops, unless the queue was abandoned."""
        with self._changed:
            if self._abandoned:
                return
            self._parts.append(part)
            self._bytes += len(part.data) if isinstance(part, OutputArrived) else 0
            self.full = self._bytes >= FULL
            self._changed.notify()

    def take(self) -> RunPart:
        """Wait for the next part and return it; output comes in pieces of some 256 kB at most."""
        with self._changed:
            self._changed.wait_for(lambda: self._parts)
            part = self._parts.popleft()
            if isinstance(part, OutputArrived):
                part = self._join(part)
            resume = self.full and self._bytes <= LOW
            if resume:
                self.full = False
        if resume:
            self._resume()
        return part

    def _join(self, first: OutputArrived) -> OutputArrived:
        pieces, size = [first.data], len(first.data)
        while self._parts and isinstance(self._parts[0], OutputArrived) and size < LARGEST_PART:
            following = self._parts[0]
            self._parts.popleft()
            pieces.append(following.data)
            size += len(following.data)
        self._bytes -= size
        return first if len(pieces) == 1 else OutputArrived(b"".join(pieces))

    def abandon(self) -> None:
        """Drop everything, now and from now on: nobody will take it."""
        with self._changed:
            self._abandoned = True
            self._parts.clear()
            self._bytes = 0
            self.full = False
        self._resume()
