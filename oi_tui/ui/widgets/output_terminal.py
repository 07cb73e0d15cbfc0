"""One shell's output as a scrolling view: it follows the end until someone moves up.

Owns scrolling, selecting and the cursor. Knows no shell and no run: bytes come through a spool.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from oi_tui.text.translation import tr
from oi_tui.ui.emulator.sgr import row_text
from oi_tui.ui.emulator.terminal import Terminal
from oi_tui.ui.keymap import bindings
from oi_tui.ui.widgets.output_drain import Drain
from oi_tui.ui.widgets.output_painter import Painter, restyle
from oi_tui.ui.widgets.output_rows import OutputRows
from oi_tui.ui.widgets.output_search import Needle
from oi_tui.ui.widgets.output_spool import OutputSpools

_CACHED_STRIPS = 1024


class OutputTerminal(ScrollView, can_focus=True):
    """The rows of one shell. `drain` must be started by whoever mounts it."""

    DEFAULT_CSS = """
    OutputTerminal {
        background: $surface;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-background: $surface;
        scrollbar-background-hover: $surface;
        scrollbar-background-active: $surface;
        padding: 0 0 0 1;
    }
    """
    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = bindings(
        {
            "output.up": "move(-1)",
            "output.down": "move(1)",
            "output.page_up": "page(-1)",
            "output.page_down": "page(1)",
            "output.top": "top",
            "output.follow": "end",
        }
    )

    class Sized(Message):
        """The view has room for this many cells and rows."""

        def __init__(self, columns: int, rows: int) -> None:
            super().__init__()
            self.columns, self.rows = columns, rows

    class Painted(Message):
        """New rows are on the screen."""

    def __init__(self, language: str, spools: OutputSpools) -> None:
        super().__init__()
        self.language = language
        self.rows = OutputRows(Terminal())
        self.follow = True
        self.shows_cursor = False
        self.needle: Needle | None = None
        self.found = -1  # the terminal row of the last match
        self.drain = Drain(
            lambda limit: spools.take(language, limit),
            self.rows.terminal.feed,
            self._after_frame,
            self.rows.terminal.history.compress,
        )
        self._painter = Painter()
        self._strips: LRUCache[int, Strip] = LRUCache(_CACHED_STRIPS)
        self._first = 0

    # -- growing ----------------------------------------------------------------------------------
    def _after_frame(self) -> None:
        self.update_rows()
        # As this widget, not as the stage that started the drain: there the message would stop.
        self.call_next(lambda: self.post_message(self.Painted()))

    def update_rows(self) -> None:
        """Show the rows as they are now."""
        first, end = self.rows.first, self.rows.end
        trimmed, self._first = first - self._first, first
        # `virtual_size` lays the whole screen out again whenever it is assigned, and this view's
        # own size does not depend on it: only the scroll bar is told.
        self.set_reactive(
            OutputTerminal.virtual_size, Size(self.scrollable_content_region.width, end - first)
        )
        self.vertical_scrollbar.window_virtual_size = end - first
        if self.follow:
            self._show_from(end - first)
        elif trimmed:
            self._show_from(self.scroll_offset.y - trimmed)
        self.refresh()

    def repaint(self) -> None:
        """Forget painted rows: something about how they look has changed."""
        self._strips.clear()
        self.refresh()

    # -- size -------------------------------------------------------------------------------------
    def on_resize(self) -> None:
        """Tell how much room there is; `fit` is called when the terminal should fill it."""
        region = self.scrollable_content_region
        if region.width > 0 and region.height > 0:
            self.update_rows()
            self.post_message(self.Sized(region.width, region.height))

    def fit(self, columns: int, rows: int) -> None:
        """Give the terminal this size."""
        terminal = self.rows.terminal
        if (columns, rows) != (terminal.columns, terminal.rows):
            terminal.resize(columns, rows)
            self._strips.clear()
        self.update_rows()

    # -- scrolling --------------------------------------------------------------------------------
    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Stop following when the person moves up; follow again at the end."""
        super().watch_scroll_y(old_value, new_value)
        self.follow = new_value >= self._last_top - 0.5

    @property
    def _page(self) -> int:
        return max(1, self.scrollable_content_region.height)

    @property
    def _last_top(self) -> int:
        return max(0, self.virtual_size.height - self._page)

    def _show_from(self, top: int) -> None:
        target = max(0, min(top, self._last_top))
        follow = self.follow
        self.scroll_y = self.scroll_target_y = target
        self.follow = follow

    def _move_to(self, top: int) -> None:
        self._show_from(top)
        self.follow = top >= self._last_top
        self.post_message(self.Painted())

    def action_move(self, rows: int) -> None:
        """Scroll by rows."""
        self._move_to(self.scroll_offset.y + rows)

    def action_page(self, pages: int) -> None:
        """Scroll by pages, one row kept in view."""
        self._move_to(self.scroll_offset.y + pages * max(1, self._page - 1))

    def action_top(self) -> None:
        """Show the oldest rows."""
        self._move_to(0)

    def action_end(self) -> None:
        """Show the newest rows and follow them."""
        self._move_to(self._last_top)

    def show_row(self, terminal_row: int) -> None:
        """Scroll so that a row is in view."""
        line = self.rows.number_of(terminal_row) - self.rows.first
        top = self.scroll_offset.y
        if not top <= line < top + self._page:
            self._show_from(line - self._page // 2)
        self.follow = False
        self.repaint()

    @property
    def row_in_view(self) -> int:
        """The number (see `OutputRows`) of the last row that can be seen."""
        line = min(self.virtual_size.height, self.scroll_offset.y + self._page) - 1
        return self.rows.first + max(0, line)

    # -- painting ---------------------------------------------------------------------------------
    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint the rows in view."""
        if self._painter.follow(self.rich_style):
            self._strips.clear()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Paint one row of the view."""
        width, rows, painter = self.scrollable_content_region.width, self.rows, self._painter
        line = self.scroll_offset.y + y
        number = rows.first + line
        if number >= rows.end:
            return self._below(y, width)
        fixed = number < rows.fixed_end
        strip = self._strips.get(number) if fixed else None
        if strip is None or strip.cell_length != width:
            row = rows.row(number)
            strip = painter.row(row, width)
            if self.needle is not None and isinstance(row, bytes):
                found = rows.terminal_row(number) == self.found
                strip = painter.mark(strip, row, self.needle, found)
            if fixed:
                self._strips[number] = strip
        if self.shows_cursor and not fixed:
            strip = self._with_cursor(strip, number)
        return self._selected(strip, line)

    def _below(self, y: int, width: int) -> Strip:
        """Paint what is below the last row: nothing, or a word where there are no rows at all."""
        if self.rows.end == self.rows.first and y == self._page // 2:
            text = tr("Output of programs appears here")
            strip = Strip.blank(max(0, (width - len(text)) // 2), self._painter.base)
            return Strip.join([strip, self._words(text)]).adjust_cell_length(
                width, self._painter.base
            )
        return Strip.blank(width, self._painter.base)

    def _words(self, text: str) -> Strip:
        return Strip([Segment(text, self._painter.faint)], len(text))

    def _with_cursor(self, strip: Strip, number: int) -> Strip:
        row, column = self.rows.terminal.cursor
        if not self.rows.terminal.modes.cursor or self.rows.number_of(row) != number:
            return strip
        return restyle(strip, column, column + 1, Style(reverse=True))

    def _selected(self, strip: Strip, line: int) -> Strip:
        selection = self.text_selection
        if selection is not None and (span := selection.get_span(line)) is not None:
            start, end = span
            end = strip.cell_length if end == -1 else end
            mark = self.screen.get_component_rich_style("screen--selection")
            strip = restyle(strip, start, end, mark)
        # Selecting with the mouse reads offsets from the cells: only then are they needed.
        if self.mouse_hover or selection is not None:
            return strip.apply_offsets(0, line)
        return strip

    def on_enter(self, event: events.Enter) -> None:
        """Paint with offsets, for the mouse to select by."""
        self.refresh()

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the selected text."""
        rows = self.rows
        top = selection.start.y if selection.start else 0
        last = rows.end - rows.first - 1
        bottom = min(selection.end.y, last) if selection.end else last
        lines = (rows.row(rows.first + line) for line in range(top, bottom + 1))
        text = "\n".join(row_text(row) if isinstance(row, bytes) else "" for row in lines)
        within = Selection(
            selection.start and Offset(selection.start.x, 0),
            selection.end and Offset(selection.end.x, bottom - top),
        )
        return within.extract(text), "\n"
