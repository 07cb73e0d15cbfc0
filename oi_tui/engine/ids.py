"""Names for messages and pieces of code, unique within a session.

A call id is nine letters and digits (the strictest that providers accept) and begins with where
the code came from, so that a history can be told again from its events alone.
"""

from __future__ import annotations

from oi_tui.protocol.items import Origin


class Ids:
    """Counts within one turn."""

    def __init__(self, turn: int) -> None:
        self._turn = turn
        self._calls = self._messages = 0

    def call(self, origin: Origin) -> str:
        """Return a new id for code."""
        self._calls += 1
        return f"{origin}{self._turn:05d}{self._calls:03d}"

    def message(self) -> str:
        """Return a new id for prose."""
        self._messages += 1
        return f"m{self._turn:05d}{self._messages:03d}"
