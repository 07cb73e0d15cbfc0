"""The rows of an output view: a terminal's, and those that we draw between them.

A drawn row (the rule that ends a run, a picture, a note) has its place before a terminal row and
keeps it; no program can touch it. Owns the numbering of both together. Knows no widget.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass

from oi_tui.ui.emulator.palette import Rgb
from oi_tui.ui.emulator.sgr import row_text
from oi_tui.ui.emulator.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Rule:
    """The line that ends a run; `label` says which and how."""

    label: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A line of our own words."""

    text: str


@dataclass(frozen=True, slots=True)
class PixelRow:
    """Two rows of pixels, upper and lower, as one row of cells."""

    pixels: tuple[tuple[Rgb, Rgb], ...]


Drawn = Rule | Note | PixelRow


@dataclass(frozen=True, slots=True)
class _Placed:
    before: int  # the terminal row that it lies before
    view: int  # the number of its first row
    rows: tuple[Drawn, ...]


class OutputRows:
    """Rows `first` to `end`. Numbers never change; the oldest rows fall out."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._placed: list[_Placed] = []
        self._drawn = 0  # all rows drawn so far
        self._gone = 0  # those of them that fell out

    @property
    def first(self) -> int:
        """The number of the oldest row."""
        while self._placed and self._placed[0].before < self.terminal.first_row:
            self._gone += len(self._placed.pop(0).rows)
        return self.terminal.first_row + self._gone

    @property
    def end(self) -> int:
        """One past the last row; a fresh screen's empty row does not count."""
        blank = self.terminal.screen.grid.lines == [b""]
        return self.terminal.end_row + self._drawn - blank

    @property
    def fixed_end(self) -> int:
        """One past the last row that can never change."""
        return self.terminal.fixed_end + self._drawn

    def draw(self, *rows: Drawn) -> None:
        """End what the terminal shows and put rows below it."""
        self.terminal.seal()
        before = self.terminal.fixed_end
        self._placed.append(_Placed(before, before + self._drawn, rows))
        self._drawn += len(rows)

    def clear(self) -> None:
        """Forget every row."""
        self.terminal.clear()
        self._gone = self._drawn
        self._placed.clear()

    def row(self, number: int) -> bytes | Drawn:
        """Return a terminal's stored row or a drawn one; it must lie in `first` to `end`."""
        placed = self._above(number)
        if placed is None:
            return self.terminal.row(number - self._gone)
        index = number - placed.view
        if index < len(placed.rows):
            return placed.rows[index]
        return self.terminal.row(number - (placed.view - placed.before) - len(placed.rows))

    def number_of(self, terminal_row: int) -> int:
        """Return the number under which a terminal's row is shown."""
        index = bisect.bisect_right(self._placed, terminal_row, key=lambda p: p.before) - 1
        if index < 0:
            return terminal_row + self._gone
        placed = self._placed[index]
        return terminal_row + placed.view - placed.before + len(placed.rows)

    def terminal_row(self, number: int) -> int:
        """Return the terminal's row shown under a number, or the next one below."""
        placed = self._above(number)
        if placed is None:
            return number - self._gone
        index = max(0, number - placed.view - len(placed.rows))
        return placed.before + index

    def run_around(self, number: int) -> tuple[int, int]:
        """Return the terminal rows, from and to, of the run whose rows are shown at `number`."""
        start, end = self.terminal.first_row, self.terminal.end_row
        for placed in self._placed:
            if not isinstance(placed.rows[-1], Rule):
                continue
            if placed.view + len(placed.rows) > number:
                return start, placed.before
            start = placed.before
        return start, end

    def text(self, start: int, end: int) -> str:
        """Return terminal rows as text, blank ends left out."""
        rows = (row_text(self.terminal.row(row)).rstrip() for row in range(start, end))
        return "\n".join(rows).rstrip("\n")

    def _above(self, number: int) -> _Placed | None:
        """Return what was drawn last at or above a row."""
        index = bisect.bisect_right(self._placed, number, key=lambda placed: placed.view) - 1
        return self._placed[index] if index >= 0 else None
