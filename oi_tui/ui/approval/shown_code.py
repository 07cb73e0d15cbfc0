"""Code as rows of a width: what is drawn for each line, and which lines a person has seen.

Pure. Owns wrapping, folding of padding and the count of what was not on screen yet. Knows no
colors and no widget.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

from rich.cells import cell_len, get_character_cell_size

from oi_tui.text.sanitize import visible
from oi_tui.text.translation import tr

# Padding inside a line has hidden payloads off screen; indentation is never this wide.
_PADDING = re.compile(r"[ \t]{41,}")
TAB = 4  # columns
_SOFT = frozenset(" ,;:)]}|&")  # a line may be cut after these


def displayed(line: str) -> str:
    """Return what is drawn for one line: hidden characters and long padding as tokens."""
    return _PADDING.sub(_padding_token, visible(line)).expandtabs(TAB)


def _padding_token(match: re.Match[str]) -> str:
    return "⟨" + tr("{count} spaces", count=f"{len(match[0]):,}") + "⟩"


def wrapped(text: str, width: int) -> list[tuple[int, int]]:
    """Cut a line into pieces (start, end) of at most `width` columns, wide characters whole.

    A piece ends after a space or a mark of punctuation, if one stands in its last third.
    """
    pieces: list[tuple[int, int]] = []
    start = 0
    while start < len(text) or not pieces:
        end = _furthest(text, start, width)
        if end < len(text):
            end = _soft_end(text, start, end)
        pieces.append((start, end))
        start = end
    return pieces


def _soft_end(text: str, start: int, end: int) -> int:
    """Return the last good place for a cut in the last third of a piece, or its end."""
    least = start + (end - start) * 2 // 3
    return next((at for at in range(end, least, -1) if text[at - 1] in _SOFT), end)


def _furthest(text: str, start: int, width: int) -> int:
    """Return where a piece must end at the latest; it holds one character at least."""
    if text.isascii():
        return min(len(text), start + width)
    used = 0
    for index in range(start, len(text)):
        used += get_character_cell_size(text[index])
        if used > width and index > start:
            return index
    return len(text)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the screen: `text[start:end]` of line `line` (from 0); `first` of its line?"""

    line: int
    start: int
    end: int
    first: bool


class ShownCode:
    """The rows of a growing text at one width, and the lines of it that were painted."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._source_length = 0
        self._source_last = ""
        self._width = 80
        self._wrap = True
        self._pieces: list[list[tuple[int, int]]] = []
        self._tops: list[int] = []
        self._seen: set[int] = set()

    def replace(self, code: str) -> None:
        """Show another text; nothing of it was seen."""
        self.lines = []
        self._source_length, self._source_last = 0, ""
        self._pieces, self._tops = [], []
        self._seen = set()
        self.extend_to(code)

    def extend_to(self, code: str) -> None:
        """Show a text that begins with the one shown: only what is new is measured."""
        fresh = self._source_last + code[self._source_length :]
        first = max(0, len(self.lines) - 1)
        del self.lines[first:], self._pieces[first:], self._tops[first:]
        source = fresh.split("\n")
        self._source_length, self._source_last = len(code), source[-1]
        for line in source:
            self._append(displayed(line))
        self._seen = {line for line in self._seen if line < first}

    def set_width(self, width: int, wrap: bool) -> None:
        """Lay the rows out for another width (columns); without `wrap` each line is one row."""
        if (width, wrap) == (self._width, self._wrap):
            return
        self._width, self._wrap = max(1, width), wrap
        lines, self.lines, self._pieces, self._tops = self.lines, [], [], []
        for line in lines:
            self._append(line)

    def _append(self, line: str) -> None:
        last = self._tops[-1] + len(self._pieces[-1]) if self._tops else 0
        self.lines.append(line)
        self._tops.append(last)
        self._pieces.append(wrapped(line, self._width) if self._wrap else [(0, len(line))])

    # -- questions ----------------------------------------------------------------------------
    @property
    def row_count(self) -> int:
        """How many rows it takes."""
        last = self.line_count - 1
        return self._tops[last] + len(self._pieces[last]) if self._tops else 0

    @property
    def line_count(self) -> int:
        """How many lines a person counts: a final line end begins no further one."""
        return len(self.lines) - (1 if len(self.lines) > 1 and not self.lines[-1] else 0)

    @property
    def widest(self) -> int:
        """The columns of the widest line."""
        return max((cell_len(line) for line in self.lines), default=0)

    def row(self, number: int) -> Row | None:
        """Return what stands in a row, or None below the end."""
        if not 0 <= number < self.row_count:
            return None
        line = bisect_right(self._tops, number) - 1
        piece = number - self._tops[line]
        start, end = self._pieces[line][piece]
        return Row(line, start, end, piece == 0)

    def top_of(self, line: int) -> int:
        """Return the first row of a line."""
        return self._tops[min(line, len(self._tops) - 1)] if self._tops else 0

    # -- seen ---------------------------------------------------------------------------------
    def mark_seen(self, first_row: int, rows: int) -> None:
        """These rows were on screen. A line counts once its last row was."""
        for number in range(first_row, first_row + rows):
            row = self.row(number)
            if row is not None and number == self._tops[row.line] + len(self._pieces[row.line]) - 1:
                self._seen.add(row.line)

    @property
    def unseen(self) -> int:
        """How many lines were never on screen."""
        return self.line_count - len([line for line in self._seen if line < self.line_count])
