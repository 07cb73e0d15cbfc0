"""Output on its way from the shells' I/O threads to the screen, bounded.

Owns the flow control: above `HIGH` bytes a shell's terminal is no longer read, so the program waits
in write(); below `LOW` it is read again. Nothing is lost and nothing grows. Knows no widget.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

HIGH, LOW = 4 << 20, 1 << 20  # bytes

Action = Callable[[], None]  # something to do at its place between the bytes


class Spool:
    """Bytes of one shell in order, and actions between them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pieces: deque[bytes | Action] = deque()
        self._awake = False
        self._full = False
        self.size = 0

    @property
    def full(self) -> bool:
        """Whether the program should wait."""
        return self._full

    def put(self, piece: bytes | Action) -> bool:
        """Add bytes or an action (any thread). True: the reader sleeps and must be woken."""
        with self._lock:
            self._pieces.append(piece)
            if isinstance(piece, bytes):
                self.size += len(piece)
                self._full = self._full or self.size >= HIGH
            wake, self._awake = not self._awake, True
        return wake

    def take(self, limit: int) -> tuple[bytes | Action | None, bool]:
        """Return at most `limit` bytes, or one action, or None; and whether to resume reading."""
        with self._lock:
            taken = self._take(limit)
            if isinstance(taken, bytes):
                self.size -= len(taken)
            self._awake = taken is not None
            resume = self._full and self.size <= LOW
            if resume:
                self._full = False
        return taken, resume

    def _take(self, limit: int) -> bytes | Action | None:
        taken, room = list[bytes](), limit
        while self._pieces and room:
            piece = self._pieces[0]
            if not isinstance(piece, bytes):
                if taken:
                    break
                return self._pieces.popleft()
            self._pieces.popleft()
            if len(piece) > room:
                self._pieces.appendleft(piece[room:])
                piece = piece[:room]
            taken.append(piece)
            room -= len(piece)
        if not taken:
            return None
        return taken[0] if len(taken) == 1 else b"".join(taken)


class OutputSpools:
    """The tap of all shells: one spool a language. Every method is safe from any thread."""

    def __init__(self) -> None:
        self._spools: dict[str, Spool] = {}
        self._resume: Callable[[str], None] | None = None
        self._wake: Callable[[str], None] | None = None
        self._closed = False

    def spool(self, language: str) -> Spool:
        """Return a language's spool."""
        return self._spools.setdefault(language, Spool())

    # -- for the shells ---------------------------------------------------------------------------
    def output(self, language: str, data: bytes) -> None:
        """Take bytes that a shell's terminal received."""
        self.put(language, data)

    def wants_output(self, language: str) -> bool:
        """Tell whether that terminal should be read on."""
        return self._closed or not self.spool(language).full

    def bind_resume(self, resume: Callable[[str], None]) -> None:
        """Receive what to call once output is wanted again."""
        self._resume = resume

    # -- for the screen ---------------------------------------------------------------------------
    def put(self, language: str, piece: bytes | Action) -> None:
        """Add bytes or an action at the end of what is on its way."""
        if not self._closed and self.spool(language).put(piece) and self._wake is not None:
            self._wake(language)

    def take(self, language: str, limit: int) -> bytes | Action | None:
        """Return the next piece; let the shell go on where there is room again."""
        taken, resume = self.spool(language).take(limit)
        if resume and self._resume is not None:
            self._resume(language)
        return taken

    def bind_wake(self, wake: Callable[[str], None]) -> None:
        """Receive what to call, in any thread, when a language's spool is no longer empty."""
        self._wake = wake
        for language, spool in list(self._spools.items()):
            if spool.size:
                wake(language)

    def discard(self) -> None:
        """Drop what is on its way."""
        for language in list(self._spools):
            while self.take(language, HIGH) is not None:
                pass

    def close(self) -> None:
        """Show nothing any more: programs that still run never wait for the screen."""
        self._closed, self._wake = True, None
        for language in list(self._spools):
            if self._resume is not None:
                self._resume(language)
