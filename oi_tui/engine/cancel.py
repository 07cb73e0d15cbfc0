"""The stop button of one turn.

Owns a flag that is set once and what has to be called when it is. A new token for each turn: one
shared flag would lose an interrupt that comes while a turn is being set up. Knows no thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from oi_tui.protocol.items import Decider


class CancelToken:
    """Set from any thread; the turn's thread looks at it and hands it things to end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by: Decider | None = None
        self._enders: list[Callable[[], None]] = []

    @property
    def is_set(self) -> bool:
        """Whether the turn is to end."""
        return self._by is not None

    @property
    def by(self) -> Decider:
        """Who ended the turn: INTERRUPT, SHUTDOWN, or ENGINE since its time was over."""
        return self._by or Decider.INTERRUPT

    def set(self, by: Decider = Decider.INTERRUPT) -> None:
        """End the turn: call everything that was handed in. The first call wins."""
        with self._lock:
            if self._by is not None:
                return
            self._by = by
            enders = tuple(self._enders)
        for ender in enders:
            ender()

    @contextmanager
    def ending(self, ender: Callable[[], None]) -> Iterator[None]:
        """Call `ender` if the turn ends within the block; at once if it already did."""
        with self._lock:
            is_late = self._by is not None
            self._enders.append(ender)
        if is_late:
            ender()
        try:
            yield
        finally:
            with self._lock:
                self._enders.remove(ender)
