"""Finding text in the rows of a terminal, a stretch at a time so that nothing freezes.

Owns what matches: the text without its styles, ignoring case unless the person wrote capitals.
Knows no widget.
"""

from __future__ import annotations

from collections.abc import Iterator

from oi_tui.ui.emulator.sgr import SGR, row_text
from oi_tui.ui.emulator.terminal import Terminal


class Needle:
    """What is looked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._exact = text != text.lower()
        self._bytes = text.encode("utf-8", "replace") if text.isascii() else b""

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where it occurs in a row's text, as indices from and to."""
        where, found, at = text if self._exact else text.lower(), list[tuple[int, int]](), 0
        while self.text and (at := where.find(self.text, at)) >= 0:
            found.append((at, at + len(self.text)))
            at += len(self.text)
        return found

    def may_be_in(self, rows: list[bytes]) -> bool:
        """Tell quickly whether a closer look at these rows is worth it."""
        joined = b"\n".join(rows)
        if b"\x1b" in joined:
            joined = SGR.sub(b"", joined)
        if self._bytes:
            return self._bytes in (joined if self._exact else joined.lower())
        text = joined.decode("utf-8", "replace")
        return self.text in (text if self._exact else text.lower())

    def is_in(self, row: bytes) -> bool:
        """Tell whether it occurs in a stored row."""
        text = row_text(row)
        return self.text in (text if self._exact else text.lower())


def matches(
    terminal: Terminal, needle: Needle, start: int, *, backwards: bool
) -> Iterator[int | None]:
    """Look for rows from `start` on, around the end and back to it.

    Yield None after each stretch without a match, so that the caller can pause, and the number of
    each matching row.
    """
    for low, high in _sweeps(terminal, start, backwards):
        number = high - 1 if backwards else low
        while low <= number < high:
            number = max(number, terminal.first_row)
            first, rows = _stretch(terminal, number)
            if needle.may_be_in(rows):
                inside = range(max(first, low), min(first + len(rows), high))
                chosen = [n for n in inside if needle.is_in(rows[n - first])]
                wanted = [n for n in chosen if (n <= number if backwards else n >= number)]
                yield from reversed(wanted) if backwards else wanted
            yield None
            number = first - 1 if backwards else first + len(rows)


def _sweeps(terminal: Terminal, start: int, backwards: bool) -> list[tuple[int, int]]:
    first, end = terminal.first_row, terminal.end_row
    start = max(first, min(start, end))
    if backwards:
        return [(first, min(start + 1, end)), (min(start + 1, end), end)]
    return [(start, end), (first, start)]


def _stretch(terminal: Terminal, number: int) -> tuple[int, list[bytes]]:
    fixed = terminal.fixed_end
    if number < fixed:
        return terminal.history.block(number)
    return fixed, [terminal.screen.grid.line(y) for y in range(len(terminal.screen.grid.lines))]
