"""From a spool to a terminal, in frames: so much parsing at a time that keys are answered at once.

Owns the frame rate and the budget. Knows no widget and no thread but the screen's.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable

from oi_tui.ui.widgets.output_spool import Action

FRAMES = 30  # a second
BUDGET = 0.010  # seconds of parsing a frame
IDLE = 1.0  # seconds of silence after which history is compressed
_SMALLEST, _LARGEST = 2 << 10, 512 << 10  # bytes parsed between two looks at the clock


class Drain:
    """Feeds one terminal. `take` gives pieces, `feed` parses, `shown` paints a frame.

    `rest` does a little idle work and returns whether there is more.
    """

    def __init__(
        self,
        take: Callable[[int], bytes | Action | None],
        feed: Callable[[bytes], None],
        shown: Callable[[], None],
        rest: Callable[[], bool],
    ) -> None:
        self._take, self._feed, self._shown, self._rest = take, feed, shown, rest
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context = contextvars.copy_context()
        self._next: asyncio.TimerHandle | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._last = 0.0
        self._rate = 5e6  # bytes a second; adapts to what is being parsed
        self.fed = 0  # bytes parsed so far

    def start(self) -> None:
        """Run in this thread's event loop and context from now on. Twice is once."""
        if self._loop is not None:
            return
        self._loop = asyncio.get_running_loop()
        self._context = contextvars.copy_context()
        self.schedule()

    def stop(self) -> None:
        """Run no more frames."""
        for handle in (self._next, self._idle):
            if handle is not None:
                handle.cancel()
        self._loop = self._next = self._idle = None

    def schedule(self) -> None:
        """Have the next frame at its time, if none is due yet."""
        if self._loop is not None and self._next is None:
            delay = max(0.0, self._last + 1 / FRAMES - time.monotonic())
            self._next = self._loop.call_later(delay, self._frame, context=self._context)

    def _frame(self) -> None:
        self._next = None
        self._last = start = time.monotonic()
        more = True
        try:
            while more and time.monotonic() - start < BUDGET:
                more = self._step()
            self._shown()
        finally:  # whatever happened to this piece: programs wait until the spool is drained
            if more:
                self.schedule()
            else:
                self._rest_later()

    def _step(self) -> bool:
        """Parse one piece, small enough to keep the budget; False when there is none."""
        piece = self._take(max(_SMALLEST, min(_LARGEST, int(self._rate * BUDGET / 3))))
        if piece is None:
            return False
        if not isinstance(piece, bytes):
            piece()
            return True
        before = time.perf_counter()
        self._feed(piece)
        spent = max(1e-6, time.perf_counter() - before)
        self._rate += 0.3 * (len(piece) / spent - self._rate)
        self.fed += len(piece)
        return True

    def _rest_later(self, delay: float = IDLE) -> None:
        if self._idle is not None:
            self._idle.cancel()
        if self._loop is not None:
            self._idle = self._loop.call_later(delay, self._rest_now, context=self._context)

    def _rest_now(self) -> None:
        self._idle = None
        if self._rest():
            self._rest_later(1 / FRAMES)
