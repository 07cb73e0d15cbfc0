"""Counts the seconds that a turn takes by itself, and says when they are over.

Owns a clock that stands still while a person decides or types: their time is theirs. Knows no
turn and no shell.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

GRACE = 5.0  # seconds for what runs to end, before it is asked harder
HARDEST = 3


class Alarm(Protocol):
    """Something that was set to ring."""

    def cancel(self) -> None:
        """Never ring."""
        ...


def set_alarm(seconds: float, ring: Callable[[], None]) -> Alarm:
    """Call `ring` in a thread of its own after so many seconds."""
    timer = threading.Timer(seconds, ring)
    timer.daemon = True
    timer.start()
    return timer


class TimeLimit:
    """One limit. `over` is called with 1 when the time is over, then harder: with 2 and 3."""

    def __init__(
        self,
        seconds: float | None,
        over: Callable[[int], None],
        clock: Callable[[], float] = time.monotonic,
        alarm: Callable[[float, Callable[[], None]], Alarm] = set_alarm,
    ) -> None:
        self._left, self._over = seconds, over
        self._clock, self._set_alarm = clock, alarm
        self._lock = threading.Lock()
        self._alarm: Alarm | None = None
        self._since = 0.0
        self._level = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count while the block lasts."""
        self.resume()
        try:
            yield
        finally:
            self._stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do not count while the block lasts."""
        was_running = self.pause()
        try:
            yield
        finally:
            if was_running:
                self.resume()

    def resume(self) -> None:
        """Count from now on, if there is a limit."""
        with self._lock:
            if self._left is not None and self._alarm is None and not self._level:
                self._since = self._clock()
                self._alarm = self._set_alarm(max(self._left, 0.0), self._ring)

    def pause(self) -> bool:
        """Count no more until `resume`; return whether it counted."""
        with self._lock:
            if self._alarm is None or self._left is None or self._level:
                return False
            self._alarm.cancel()
            self._alarm = None
            self._left -= self._clock() - self._since
            return True

    def _stop(self) -> None:
        with self._lock:
            alarm, self._alarm, self._left = self._alarm, None, None
        if alarm is not None:
            alarm.cancel()

    def _ring(self) -> None:
        with self._lock:
            if self._alarm is None:
                return  # it was paused or stopped at this moment
            self._level += 1
            level = self._level
            self._alarm = self._set_alarm(GRACE, self._ring) if level < HARDEST else None
        self._over(level)
