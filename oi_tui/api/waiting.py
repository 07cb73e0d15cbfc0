"""How a thread of the program waits for the engine, and what Ctrl-C means meanwhile.

Owns the bell and the ladder: the first Ctrl-C interrupts what is under way, the second kills what
runs and raises `KeyboardInterrupt`. Knows no event.
"""

from __future__ import annotations

import signal
import threading
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Self


class Bell:
    """Wakes one waiting thread, also from a signal handler: `SimpleQueue.put` is reentrant."""

    def __init__(self) -> None:
        self._rings: SimpleQueue[None] = SimpleQueue()

    def ring(self) -> None:
        """Wake whoever waits, now or next."""
        self._rings.put(None)

    def wait(self, timeout: float | None = None) -> bool:
        """Return True once it rang, False after `timeout` seconds."""
        try:
            self._rings.get(timeout=timeout)
        except Empty:
            return False
        return True


class Ladder:
    """Counts Ctrl-C instead of raising, while it is entered in the main thread.

    A program that handles SIGINT itself keeps its handler.
    """

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._depth = 0
        self._is_ours = False
        self.presses = 0

    def __enter__(self) -> Self:
        self._depth += 1
        if self._depth == 1:
            in_main_thread = threading.current_thread() is threading.main_thread()
            is_default = signal.getsignal(signal.SIGINT) is signal.default_int_handler
            self._is_ours = in_main_thread and is_default
            if self._is_ours:
                signal.signal(signal.SIGINT, self._press)
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0 and self._is_ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _press(self, _number: int, _frame: FrameType | None) -> None:
        self.presses += 1
        self._bell.ring()
