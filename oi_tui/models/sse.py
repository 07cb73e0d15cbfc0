"""Server-sent events, read strictly: bytes in, the text of each event's data out.

Owns line and event framing and UTF-8. What is no such stream is an error, never skipped: a skipped
line may be the middle of the code that a person approves. Knows no JSON.
"""

from __future__ import annotations

from collections.abc import Iterator

from oi_tui.models.trouble import AttemptError, Cause, Trouble

LONGEST_LINE = 4_000_000  # bytes
_FIELDS = (b"event", b"id", b"retry")
_BEGINNINGS = (b":", b"data:", *(name + b":" for name in _FIELDS))


class EventReader:
    """Feed it bytes cut anywhere; it yields the data of whole events."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []

    def feed(self, data: bytes) -> Iterator[str]:
        """Yield the data of each event that is whole now.

        Raises:
            AttemptError: this is no stream of events, or not UTF-8.
        """
        buffered = self._rest + data
        lines = buffered.split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LONGEST_LINE:
            raise _unreadable(self._rest)
        for line in lines:
            event = self._line(line.removesuffix(b"\r"))
            if event is not None:
                yield event

    def finish(self) -> Iterator[str]:
        """Yield a last event whose empty line is missing. Half a line is no event.

        Raises:
            AttemptError: what is left was never the beginning of an event.
        """
        rest, self._rest = self._rest.rstrip(b"\r"), b""
        if rest.strip() == b"data: [DONE]":
            self._line(rest.strip())
        elif not any(rest.startswith(n) or n.startswith(rest) for n in _BEGINNINGS):
            raise _unreadable(rest)
        if self._data:
            event, self._data = "\n".join(self._data), []
            yield event

    def _line(self, line: bytes) -> str | None:
        """Read one line; return the data of the event that it ends."""
        if not line:
            if not self._data:
                return None
            event, self._data = "\n".join(self._data), []
            return event
        if line.startswith(b":"):
            return None
        name, _, value = line.partition(b":")
        if name == b"data":
            try:
                self._data.append(value.removeprefix(b" ").decode("utf-8"))
            except UnicodeDecodeError:
                raise _unreadable(line) from None
        elif name not in _FIELDS:
            raise _unreadable(line)
        return None


def _unreadable(line: bytes) -> AttemptError:
    return AttemptError(Trouble(Cause.UNREADABLE, line[:200].decode("utf-8", "backslashreplace")))
