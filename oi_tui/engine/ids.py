"""Names for messages and pieces of code, unique within a session.

A call id is nine letters and digits (the strictest that providers accept) and begins with where
the code came from, so that a history can be told again from its events alone.
"""

from __future__ import annotations

from enum import StrEnum


class Origin(StrEnum):
    """Where a piece of code came from."""

    CALL = "c"  # the model called the tool
    FENCE = "f"  # the model wrote a fenced block
    PERSON = "p"  # the person wrote it, or put it up again


def origin_of(call_id: str) -> Origin:
    """Return where the code with this id came from."""
    return Origin(call_id[:1]) if call_id[:1] in tuple(Origin) else Origin.CALL


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
