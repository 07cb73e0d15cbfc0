"""The way of a program's bytes: terminal -> marks cut out -> live view and the run's consumer."""

from __future__ import annotations

import time
from collections.abc import Callable

from oi_tui.shells.active_run import ActiveRun
from oi_tui.shells.base import OutputTap
from oi_tui.shells.marks import Mark, MarkCutter

_FIRST_WORDS = 2000  # bytes kept to explain a failed start


class OutputPath:
    """One shell's. `run` is who gets the output now; background jobs write without one, too."""

    def __init__(self, language: str, tap: OutputTap | None, catch_up: Callable[[], None]) -> None:
        self.run: ActiveRun | None = None
        self.first_words = b""
        self._language = language
        self._tap = tap
        self._catch_up = catch_up  # reads what the driver said before it made a mark
        self._cutter = MarkCutter()

    def wants_more(self) -> bool:
        """Tell whether live view and consumer can take more, or a run only lacks its rest."""
        if self.run is not None and self.run.ending:
            return True
        if self.run is not None and self.run.queue.full:
            return False
        return self._tap is None or self._tap.wants_output(self._language)

    def take(self, data: bytes) -> None:
        """Pass output on in order, and marks to the run."""
        for piece in self._cutter.feed(data):
            if isinstance(piece, bytes):
                self._pass_on(piece)
                continue
            self._catch_up()
            self._note(piece)

    def end(self) -> None:
        """Pass on what looked like the beginning of a mark: nothing comes any more."""
        rest = self._cutter.flush()
        if rest:
            self._pass_on(rest)

    def _note(self, mark: Mark) -> None:
        if self.run is not None:
            self.run.take_mark(mark)

    def _pass_on(self, data: bytes) -> None:
        if len(self.first_words) < _FIRST_WORDS:
            self.first_words += data[:_FIRST_WORDS]
        if self._tap is not None:
            self._tap.output(self._language, data)
        if self.run is not None:
            self.run.take_output(data, time.monotonic())
