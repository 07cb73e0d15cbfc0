"""A terminal: bytes in, rows out, each row under a number that never changes.

Owns the choice between the bulk path and the exact one. Knows no widget and no colour value.
"""

from __future__ import annotations

from oi_tui.ui.emulator.bulk import bulk_end, bulk_rows
from oi_tui.ui.emulator.history import History
from oi_tui.ui.emulator.modes import Modes
from oi_tui.ui.emulator.parser import Parser, Reply
from oi_tui.ui.emulator.screen import Screen

_EXACT_PIECE = 16 << 10
_SMALL_WINDOW, _LARGE_WINDOW = 4 << 10, 1 << 20  # bytes asked at once whether they are plain


class Terminal:
    """Rows `first_row` to `end_row`; those below `fixed_end` can never change again."""

    def __init__(self, columns: int = 80, rows: int = 24, history: History | None = None) -> None:
        self.history = history or History()
        self.screen = Screen(columns, rows, self.history)
        self._parser = Parser(self.screen)
        self._window = _LARGE_WINDOW

    @property
    def columns(self) -> int:
        """Cells of a row."""
        return self.screen.columns

    @property
    def rows(self) -> int:
        """Rows of the addressable screen."""
        return self.screen.rows

    @property
    def modes(self) -> Modes:
        """What the program switched on."""
        return self.screen.modes

    @property
    def first_row(self) -> int:
        """The number of the oldest row kept."""
        return self.history.first

    @property
    def fixed_end(self) -> int:
        """One past the newest row that is history."""
        return self.history.end

    @property
    def end_row(self) -> int:
        """One past the last row."""
        return self.history.end + len(self.screen.grid.lines)

    @property
    def cursor(self) -> tuple[int, int]:
        """The row number and cell of the cursor."""
        return self.history.end + self.screen.y, self.screen.column

    def row(self, number: int) -> bytes:
        """Return a stored row (see `sgr`); it must lie in `first_row` to `end_row`."""
        if number < self.history.end:
            return self.history.row(number)
        return self.screen.grid.line(number - self.history.end)

    def set_reply(self, reply: Reply | None) -> None:
        """Say who takes the answers to a program's questions; None: they stay unanswered."""
        self._parser.reply = reply

    def feed(self, data: bytes) -> None:
        """Obey what a program wrote, in pieces cut anywhere."""
        at, size = 0, len(data)
        while at < size:
            if self._takes_bulk():
                stop = bulk_end(data, at, min(size, at + self._window))
                if stop > at:
                    self._take_bulk(data[at : stop - 1])
                    self._window = min(_LARGE_WINDOW, self._window * 2)
                    at = stop
                    continue
                self._window = _SMALL_WINDOW
            newline = data.find(b"\n", at)
            stop = min(size if newline < 0 else newline + 1, at + _EXACT_PIECE)
            self._parser.feed(data[at:stop])
            at = stop

    def seal(self) -> None:
        """Begin on a fresh row; what is above can't be touched by what comes."""
        self._parser.abandon()
        self.screen.seal()

    def resize(self, columns: int, rows: int) -> None:
        """Take another size in cells."""
        self.screen.resize(columns, rows)

    def clear(self) -> None:
        """Forget every row."""
        self.seal()
        self.history.clear()

    def _takes_bulk(self) -> bool:
        screen, modes = self.screen, self.screen.modes
        return (
            screen.at_bottom
            and screen.x == 0
            and screen.grid.lines[-1] == b""
            and modes.wrap
            and not modes.draws_lines
            and self._parser.idle
        )

    def _take_bulk(self, data: bytes) -> None:
        screen, history = self.screen, self.history
        rows, joined, screen.style = bulk_rows(data, screen.columns, screen.style)
        screen.grid.lines.pop()  # the empty row under the cursor
        over = len(screen.grid.lines) + len(rows) + 1 - screen.rows
        old = max(0, min(over, len(screen.grid.lines)))
        for y in range(old):
            history.append(screen.grid.line(y))
        del screen.grid.lines[:old]
        straight = max(0, over - old)
        if straight:
            stay = rows[straight:]
            kept = sum(map(len, stay)) + len(stay)
            history.extend(rows[:straight], joined[: len(joined) - kept] if kept else joined)
            rows = stay
        screen.grid.lines += rows
        screen.grid.lines.append(b"")
        screen.y = len(screen.grid.lines) - 1
