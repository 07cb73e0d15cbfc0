"""The cursor of a terminal and what it writes.

Owns what each movement and edit does. Knows no byte stream: the parser calls these methods.
"""

from __future__ import annotations

from dataclasses import dataclass

from oi_tui.ui.emulator.cells import Cells, cells_of
from oi_tui.ui.emulator.grid import Grid
from oi_tui.ui.emulator.history import History
from oi_tui.ui.emulator.modes import Modes, drawn
from oi_tui.ui.emulator.sgr import background_of
from oi_tui.ui.emulator.width import char_width, harmless

TAB = 8


@dataclass(slots=True)
class _MainScreen:
    """What is kept while the alternate screen is shown."""

    lines: list[bytes | Cells]
    y: int
    x: int
    style: str


class Screen:
    """At most `rows` rows of `columns` cells; fewer until they are written."""

    def __init__(self, columns: int, rows: int, history: History) -> None:
        self.columns, self.rows = columns, rows
        self.grid = Grid(rows, history)
        self.y = self.x = 0  # x may be `columns`: the next character wraps
        self.style = ""
        self.modes = Modes()
        self.region: tuple[int, int] | None = None  # first and last row that scroll
        self._saved = (0, 0, "")
        self._main: _MainScreen | None = None
        self._last = ""  # the character that REP repeats

    @property
    def alternate(self) -> bool:
        """Whether a full-screen program shows its own screen."""
        return self._main is not None

    @property
    def at_bottom(self) -> bool:
        """Whether the cursor is on the last written row and nothing confines scrolling."""
        return self._main is None and self.region is None and self.y == len(self.grid.lines) - 1

    # -- writing ----------------------------------------------------------------------------------
    def write(self, text: str) -> None:
        """Print text without controls at the cursor."""
        text = drawn(text) if self.modes.draws_lines else harmless(text)
        text = self._join_marks(text)
        while text:
            if self.x >= self.columns:
                if not self.modes.wrap:
                    self.x, text = self.columns - 1, text[-1:]
                else:
                    self.x = 0
                    self.line_feed()
            chars, used = cells_of(text, [], self.columns - self.x)
            if not used:  # a wide character at the margin
                if self.x == 0 or not self.modes.wrap:
                    return
                self.x = self.columns
                continue
            self._last, text = text[used - 1], text[used:]
            cells = self.grid.cells(self.y)
            if self.modes.insert:
                cells.insert(self.x, chars, self.style, self.columns)
            else:
                cells.write(self.x, chars, self.style)
            self.x += len(chars)
        if not self.modes.wrap:
            self.x = min(self.x, self.columns - 1)

    def _join_marks(self, text: str) -> str:
        """Put combining marks at the start of `text` on the cell before the cursor."""
        while text and not text[0].isascii() and char_width(text[0]) == 0:
            if self.x:
                chars = self.grid.cells(self.y).chars[: self.x]
                cells_of(text[0], chars)
                self.grid.cells(self.y).chars[: self.x] = chars
            text = text[1:]
        return text

    def repeat(self, count: int) -> None:
        """Print the last character again."""
        if self._last:
            self.write(self._last * min(count, self.columns * self.rows))

    # -- moving -----------------------------------------------------------------------------------
    def go(self, y: int, x: int) -> None:
        """Put the cursor somewhere, as near as the screen allows."""
        self.y = max(0, min(y, self.rows - 1))
        self.x = max(0, min(x, self.columns - 1))
        self.grid.fill(self.y)

    @property
    def column(self) -> int:
        """The cell of the cursor; on the last one while a wrap is pending."""
        return min(self.x, self.columns - 1)

    def tab(self, count: int) -> None:
        """Move to a later tab stop, or back to an earlier one."""
        stop = self.column // TAB + count
        if count < 0 and self.column % TAB:
            stop += 1
        self.x = max(0, min(self.columns - 1, stop * TAB))

    def line_feed(self) -> None:
        """Move down one row; scroll at the bottom."""
        top, bottom = self.region or (0, self.rows - 1)
        if self.y == bottom:
            if self.region is None and self._main is None:
                self.grid.push()
                self.grid.lines.append(b"")
                self.y = len(self.grid.lines) - 1
            else:
                self.grid.scroll(top, bottom, 1)
        elif self.y < self.rows - 1:
            self.y += 1
            self.grid.fill(self.y)

    def reverse_line_feed(self) -> None:
        """Move up one row; scroll back at the top."""
        top, bottom = self.region or (0, self.rows - 1)
        if self.y == top:
            self.grid.scroll(top, bottom, -1)
        else:
            self.y = max(0, self.y - 1)

    def save_cursor(self) -> None:
        """Remember the cursor and its style."""
        self._saved = (self.y, self.x, self.style)

    def restore_cursor(self) -> None:
        """Return to what was remembered."""
        y, x, self.style = self._saved
        self.go(y, x)

    # -- scrolling --------------------------------------------------------------------------------
    def set_region(self, top: int, bottom: int) -> None:
        """Confine scrolling to these rows."""
        bottom = min(bottom, self.rows - 1)
        whole = (top, bottom) == (0, self.rows - 1)
        self.region = None if whole or top >= bottom else (top, bottom)
        self.go(0, 0)

    def scroll(self, count: int) -> None:
        """Scroll up; down where negative."""
        self.grid.scroll(*(self.region or (0, self.rows - 1)), count)

    def insert_rows(self, count: int) -> None:
        """Insert blank rows at the cursor; delete rows where negative."""
        top, bottom = self.region or (0, self.rows - 1)
        if top <= self.y <= bottom:
            self.x = 0
            self.grid.scroll(self.y, bottom, -count)

    # -- erasing ----------------------------------------------------------------------------------
    def erase_line(self, how: int) -> None:
        """Erase to the end (0), to the start (1) or all (2) of the row."""
        cells, x = self.grid.cells(self.y), self.column
        background = background_of(self.style)
        if how == 0:
            cells.cut(x)
            if background:
                cells.write(x, [" "] * (self.columns - x), background)
        elif how == 1:
            cells.write(0, [" "] * (x + 1), background)
        elif how == 2:
            cells.cut(0)
            if background:
                cells.write(0, [" "] * self.columns, background)

    def erase_screen(self, how: int) -> None:
        """Erase below (0), above (1), all (2) or the history (3)."""
        if how == 0:
            self.erase_line(0)
            if self._main is None and self.region is None:
                del self.grid.lines[self.y + 1 :]
            else:
                self.grid.lines[self.y + 1 :] = [b""] * (len(self.grid.lines) - self.y - 1)
        elif how == 1:
            self.grid.lines[: self.y] = [b""] * self.y
            self.erase_line(1)
        elif how == 2 and self._main is None:
            self.grid.push_all()
            self.grid.fill(self.y)
        elif how == 2:
            self.grid.lines = [b""] * max(len(self.grid.lines), self.y + 1)
        elif how == 3 and self._main is None:
            self.grid.history.clear()

    def delete_cells(self, count: int) -> None:
        """Take cells out at the cursor."""
        cells = self.grid.cells(self.y)
        cells.pad(self.x)
        cells.delete(self.x, min(count, self.columns))

    def insert_cells(self, count: int) -> None:
        """Put blank cells in at the cursor."""
        blank = [" "] * min(count, self.columns - self.x)
        self.grid.cells(self.y).insert(self.x, blank, "", self.columns)

    def erase_cells(self, count: int) -> None:
        """Blank cells from the cursor on."""
        blank = [" "] * min(count, self.columns - self.x)
        self.grid.cells(self.y).write(self.x, blank, background_of(self.style))

    # -- the whole screen -------------------------------------------------------------------------
    def show_alternate(self, on: bool) -> None:
        """Switch to the empty screen of a full-screen program, or back."""
        if on and self._main is None:
            self._main = _MainScreen(self.grid.lines, self.y, self.x, self.style)
            self.grid.lines, self.y, self.x = [b""] * self.rows, 0, 0
        elif not on and self._main is not None:
            main, self._main = self._main, None
            self.grid.lines, self.y, self.x, self.style = main.lines, main.y, main.x, main.style
            self.y = self.grid.fit(self.y, keeps=True)
            self.x = min(self.x, self.columns)
        self.region = None

    def reset(self) -> None:
        """Forget styles, modes and confinement, as before a program began."""
        self.show_alternate(False)
        self.style, self.modes, self.region = "", Modes(), None
        self._saved, self._last = (0, 0, ""), ""

    def seal(self) -> None:
        """Begin on a fresh row that no movement can leave upwards."""
        self.reset()
        self.grid.push_all()
        self.y = self.x = 0

    def resize(self, columns: int, rows: int) -> None:
        """Take another size. Rows keep their text; a full-screen program repaints itself."""
        self.columns, self.rows, self.region = columns, rows, None
        self.grid.rows = rows
        if self._main is not None:
            self.grid.lines = [b""] * rows
        self.y = self.grid.fit(self.y, keeps=self._main is None)
        self.x = min(self.x, self.columns)
