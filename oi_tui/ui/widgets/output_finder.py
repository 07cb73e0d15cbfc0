"""Looking for text in the output while it keeps flowing.

Owns the field and where the search stands. Knows no run.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

from textual import events
from textual.message import Message

from oi_tui.text.translation import tr
from oi_tui.ui.widgets.output_search import Needle, matches
from oi_tui.ui.widgets.output_terminal import OutputTerminal
from oi_tui.ui.widgets.text_fields import OrderedInput

_SLICE = 0.008  # seconds of searching between two looks at the keys
_PAUSE = 0.004


class SearchField(OrderedInput):
    """The line in which the person writes what to look for."""

    DEFAULT_CSS = """
    SearchField, SearchField:focus {
        border: none;
        height: 1;
        padding: 0 1;
        background: $boost;
        color: $foreground;
    }
    """

    class Left(Message):
        """The person gave up."""

    def __init__(self) -> None:
        super().__init__(compact=True, placeholder=tr("search the output"))

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self.post_message(self.Left())


class Finder:
    """Moves a view from match to match. `tell` takes a few words about how it goes."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._view: OutputTerminal | None = None
        self._matches: Iterator[int | None] = iter(())
        self._backwards = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def active(self) -> bool:
        """Whether something is looked for."""
        return self._view is not None

    def look(self, view: OutputTerminal, text: str) -> None:
        """Look for a text: from the end upwards while the view follows, else downwards."""
        self.stop()
        if not text:
            return
        self._view, view.needle = view, Needle(text)
        self._backwards = view.follow
        start = view.row_in_view if self._backwards else view.rows.first + view.scroll_offset.y
        self._begin(view.rows.terminal_row(start))
        view.repaint()

    def go_on(self, *, opposite: bool) -> None:
        """Go to the next match in the direction of the search, or in the opposite one."""
        if self._view is None:
            return
        if opposite:
            self._backwards = not self._backwards
        found = self._view.found
        self._begin(found + (-1 if self._backwards else 1) if found >= 0 else 0)
        if opposite:
            self._backwards = not self._backwards

    def stop(self) -> None:
        """Look for nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._view is not None:
            self._view.needle, self._view.found = None, -1
            self._view.repaint()
            self._view = None
            self._tell("")

    def _begin(self, start: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        view = self._view
        if view is not None and view.needle is not None:
            terminal = view.rows.terminal
            self._matches = matches(terminal, view.needle, start, backwards=self._backwards)
            self._tell(tr("searching…"))
            self._slice()

    def _slice(self) -> None:
        """Search for a few milliseconds; go on later if nothing was found yet."""
        self._timer = None
        end = time.monotonic() + _SLICE
        for row in self._matches:
            if row is not None:
                self._arrive(row)
                return
            if time.monotonic() > end:
                self._timer = asyncio.get_running_loop().call_later(_PAUSE, self._slice)
                return
        self._tell(tr("not found"))

    def _arrive(self, row: int) -> None:
        if self._view is not None:
            self._view.found = row
            self._view.show_row(row)
            line = self._view.rows.number_of(row) - self._view.rows.first + 1
            self._tell(tr("row {line} · n/N next", line=line))
