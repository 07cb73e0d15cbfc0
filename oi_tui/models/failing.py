"""A reply that fails before anything is sent. Knows no reason of its own."""

from __future__ import annotations

from collections.abc import Iterator

from oi_tui.models.base import ModelError, ReplyPart


class FailingStream:
    """A `ReplyStream` that raises what it was given."""

    def __init__(self, error: ModelError) -> None:
        self._error = error

    def __iter__(self) -> Iterator[ReplyPart]:
        """Raise the error."""
        raise self._error

    def close(self) -> None:
        """Nothing is under way."""
