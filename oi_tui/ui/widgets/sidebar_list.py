"""The list of the session browser, drawn line by line as it is seen.

Owns the cursor, the scroll position and how a row looks. A widget or an option object for each of
ten thousand sessions would take seconds; here a session costs nothing until its line is painted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.theme import Theme
from textual.widget import Widget

from oi_tui.protocol.sessions import SessionListing, SessionStatus
from oi_tui.ui.markdown.wrap import pad
from oi_tui.ui.widgets.sidebar_painter import note_line, row_line
from oi_tui.ui.widgets.sidebar_rows import Heading, Key, Row, height_of, key_of

_PREFIX = "sessions--"
_STYLES = ("title", "quiet", "current", "warning", "error", "found")


class SessionList(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows rows. Tell it which session is on the screen, and what that one does."""

    DEFAULT_CSS = """
    SessionList {
        height: 1fr; background: $surface; overflow-x: hidden; overflow-y: auto;
        scrollbar-size-vertical: 1; scrollbar-background: $surface;
        scrollbar-background-hover: $surface; scrollbar-background-active: $surface;
        & .sessions--title { color: $foreground; }
        & .sessions--quiet { color: $muted; }
        & .sessions--current { color: $primary; }
        & .sessions--warning { color: $text-warning; }
        & .sessions--error { color: $text-error; }
        & .sessions--found { color: $foreground; background: $warning 45%; text-style: bold; }
        & .sessions--cursor { background: $block-cursor-blurred-background; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {_PREFIX + name for name in (*_STYLES, "cursor")}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home,g", "to_end(-1)", show=False),
        Binding("end,G", "to_end(1)", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another row."""

    class Chosen(Message):
        """The row under the cursor was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.cursor: int | None = None
        self.current = ""  # the session on the screen
        self.live = SessionStatus.IDLE  # what that one does
        self.empty = ""  # what is said where there is no row
        self._rows: Sequence[Row] = ()
        self._tops: list[int] = []  # the first line of each row
        self._styles: dict[str, Style] = {}

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, self._restyle)

    # -- rows -----------------------------------------------------------------------------------
    def show(self, rows: Sequence[Row], stay: Key | None) -> None:
        """Show other rows; the cursor goes to the row with the key `stay`, where it was before.

        If that row is gone, the cursor stays about where it is; at the first row without a `stay`.
        """
        place = self._place_of_cursor()
        before = self.cursor
        self._rows = rows
        heights = [height_of(row) for row in rows]
        self._tops = list(accumulate(heights, initial=0))[:-1]
        total = sum(heights)
        self.virtual_size = Size(self.scrollable_content_region.width, total)
        self.cursor = self._find(stay)
        if self.cursor is None:
            self.cursor = self._nearest(before or 0) if stay is not None else self._nearest(0)
        if self.cursor is not None and place is not None:
            self._scroll_line(self._tops[self.cursor] - place)
        self._show_cursor()
        self.refresh()
        self.post_message(self.Moved())

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if self.cursor is not None else None

    @property
    def key(self) -> Key | None:
        """What the row under the cursor is about."""
        return key_of(self.row) if self.row is not None else None

    def go_to(self, key: Key) -> None:
        """Put the cursor on a row, if it is there."""
        found = self._find(key)
        if found is not None:
            self._move_to(found)

    def step(self, rows: int) -> None:
        """Move the cursor down, or up for a negative number; it stops at the ends."""
        at, way = self.cursor, 1 if rows > 0 else -1
        for _ in range(abs(rows)):
            following = self._next(at, way)
            if following is None:
                break
            at = following
        if at is not None:
            self._move_to(at)

    def page(self, way: int) -> None:
        """Move the cursor by a page."""
        self.step(way * max(1, self.size.height - 2))

    def action_to_end(self, way: int) -> None:
        """Move the cursor to the first or the last row."""
        self.step(way * len(self._rows))

    def _find(self, key: Key | None) -> int | None:
        if key is None:
            return None
        return next((at for at, row in enumerate(self._rows) if key_of(row) == key), None)

    def _nearest(self, at: int) -> int | None:
        """Return a row near `at` that the cursor can stand on, those below first."""
        at = max(0, min(at, len(self._rows) - 1))
        below = self._next(at - 1, 1)
        return below if below is not None else self._next(at, -1)

    def _next(self, at: int | None, way: int) -> int | None:
        start = -1 if at is None else at
        rows = range(start + way, len(self._rows) if way > 0 else -1, way)
        return next((row for row in rows if key_of(self._rows[row]) is not None), None)

    def _move_to(self, row: int) -> None:
        if row == self.cursor:
            self._show_cursor()
            return
        self.cursor = row
        self._show_cursor()
        self.refresh()
        self.post_message(self.Moved())

    # -- scrolling ------------------------------------------------------------------------------
    def _place_of_cursor(self) -> int | None:
        """Return the line of the page that the cursor is on, if it is on the page."""
        if self.cursor is None:
            return None
        place = self._tops[self.cursor] - round(self.scroll_y)
        return place if 0 <= place < self.size.height else None

    def _show_cursor(self) -> None:
        """Scroll as little as needed; with the first row comes what is above it."""
        height = self.size.height
        if self.cursor is None or not height:
            return
        top = self._tops[self.cursor]
        end = top + height_of(self._rows[self.cursor])
        if top and isinstance(self._rows[self.cursor - 1], Heading):
            top -= 1
        first = round(self.scroll_y)
        if top < first:
            self._scroll_line(top)
        elif end > first + height:
            self._scroll_line(end - height)

    def _scroll_line(self, line: int) -> None:
        self.scroll_to(y=max(0, line), animate=False, force=True, immediate=True)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self.virtual_size = Size(self.scrollable_content_region.width, self.virtual_size.height)
        self._show_cursor()

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the mouse."""
        event.stop()
        row = self._row_at(event.y + round(self.scroll_y))
        if row is not None and key_of(self._rows[row]) is not None:
            self._move_to(row)
            self.post_message(self.Chosen())

    def _row_at(self, line: int) -> int | None:
        """Return the row that a line belongs to."""
        row = bisect_right(self._tops, line) - 1
        inside = row >= 0 and line < self._tops[row] + height_of(self._rows[row])
        return row if inside else None

    # -- painting -------------------------------------------------------------------------------
    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        width, base = self.scrollable_content_region.width, self.rich_style
        line = y + round(self.scroll_y)
        at = self._row_at(line)
        if at is None:
            is_note = y == 0 and not self._rows and self.empty
            parts = note_line(self.empty, width, self._style) if is_note else []
            return Strip(pad(parts, width, base)).apply_style(base)
        row = self._rows[at]
        is_current = isinstance(row, SessionListing) and row.session_id == self.current
        live = self.live if is_current else None
        parts = row_line(row, line > self._tops[at], live, width, self._style)
        if at == self.cursor:
            base += self.get_component_rich_style(_PREFIX + "cursor")
            if self.takes_keys:
                parts = [Segment("▎", self._style("current")), *parts[1:]]
        return Strip(pad(parts, width, base)).apply_style(base)

    @property
    def takes_keys(self) -> bool:
        """Whether the arrows move the cursor: here, or in the field above the list."""
        return isinstance(self.parent, Widget) and self.parent.has_focus_within

    def _style(self, name: str) -> Style:
        if not self._styles:
            for each in _STYLES:
                style = self.get_component_rich_style(_PREFIX + each)
                ground = style.bgcolor if each == "found" else None
                self._styles[each] = Style.combine(
                    [style.without_color, Style(color=style.color, bgcolor=ground)]
                )
        return self._styles[name]

    def _restyle(self, theme: Theme) -> None:
        self._styles = {}
        self.refresh()
