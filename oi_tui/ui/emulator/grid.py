"""The rows of a screen: stored ones, and cells where something is being edited.

Owns growing, scrolling and handing rows to the history. Knows no cursor and no style.
"""

from __future__ import annotations

from oi_tui.ui.emulator.cells import Cells
from oi_tui.ui.emulator.history import History


class Grid:
    """At most `rows` rows; fewer until they are written."""

    def __init__(self, rows: int, history: History) -> None:
        self.rows = rows
        self.history = history
        self.lines: list[bytes | Cells] = [b""]

    def line(self, y: int) -> bytes:
        """Return a row as it would be stored."""
        row = self.lines[y]
        return row if isinstance(row, bytes) else row.encode()

    def cells(self, y: int) -> Cells:
        """Return a row for editing."""
        row = self.lines[y]
        if isinstance(row, bytes):
            row = self.lines[y] = Cells.decode(row)
        return row

    def fill(self, y: int) -> None:
        """Have at least the rows up to `y`."""
        missing = y + 1 - len(self.lines)
        if missing > 0:
            self.lines += [b""] * missing

    def scroll(self, top: int, bottom: int, count: int) -> None:
        """Move the rows from `top` to `bottom` up; down where `count` is negative."""
        self.fill(bottom)
        blank = [b""] * min(abs(count), bottom - top + 1)
        if count > 0:
            del self.lines[top : top + len(blank)]
            start = bottom - len(blank) + 1
            self.lines[start:start] = blank
        elif count < 0:
            del self.lines[bottom - len(blank) + 1 : bottom + 1]
            self.lines[top:top] = blank

    def push(self) -> None:
        """Hand the top row to the history."""
        self.history.append(self.line(0))
        del self.lines[0]

    def push_all(self) -> None:
        """Hand every row to the history, blank ones at the end left out."""
        end = len(self.lines)
        while end and not self.line(end - 1):
            end -= 1
        for y in range(end):
            self.history.append(self.line(y))
        self.lines = [b""]

    def fit(self, y: int, *, keeps: bool) -> int:
        """Have at most `rows` rows again; return where row `y` is then.

        Blank rows at the end go first, then the top ones (to the history if `keeps`).
        """
        while len(self.lines) > self.rows:
            if y < len(self.lines) - 1 and not self.line(-1):
                del self.lines[-1]
            elif keeps:
                self.push()
                y -= 1
            else:
                del self.lines[0]
                y -= 1
        y = max(0, min(y, self.rows - 1))
        self.fill(y)
        return y
