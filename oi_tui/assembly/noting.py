"""Notes which models a session was used with, once they have answered.

Owns when a model counts as used. Knows no form of the list, and writes it beside the engine's
thread: a slow disk holds nobody up, and a failure is nobody's concern.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from oi_tui.protocol import events as ev
from oi_tui.protocol.items import TurnEnd

_LAST_WAIT = 1.0  # seconds for a write under way when the session ends


class ModelNoter:
    """A listener of a session's events. `note` gets model and address; it may raise `OSError`."""

    def __init__(self, note: Callable[[str, str], None]) -> None:
        self._note = note
        self._current = self._noted = ("", "")
        self._thread: threading.Thread | None = None

    def __call__(self, envelope: ev.Envelope) -> None:
        """Hear one event."""
        match envelope.event:
            case ev.SessionOpened() | ev.ModelChanged() as named:
                self._current = (named.model, named.api_base)
            case ev.TurnFinished(reason=TurnEnd.COMPLETED) if self._current != self._noted:
                self._noted = self._current
                self._thread = threading.Thread(target=self._write, args=self._noted, daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Wait a moment for a write that is under way."""
        if self._thread is not None:
            self._thread.join(_LAST_WAIT)

    def _write(self, model: str, api_base: str) -> None:
        with contextlib.suppress(OSError):
            self._note(model, api_base)
