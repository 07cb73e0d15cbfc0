"""Searching the conversation: the line below it, and the way from hit to hit, newest first.

Owns what matches and where the search stands. Knows no block: it is handed their texts, and finds
the rows of a hit among those that are drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Protocol

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.geometry import Size
from textual.strip import Strip
from textual.widgets import Input

from oi_tui.text.translation import tr, trn
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.widgets.conversation_flow import Flow, Place
from oi_tui.ui.widgets.text_fields import OrderedInput

UPWARDS, DOWNWARDS = -1, 1


class Searched(Protocol):
    """The view that is searched."""

    flow: Flow
    place: Place
    pattern: re.Pattern[str] | None

    @property
    def page_size(self) -> Size:
        """The cells that rows are painted in."""
        ...

    def place_at(self, y: int) -> Place | None:
        """Return the place painted in a row of the page."""
        ...

    def show_place(self, place: Place) -> None:
        """Make a place the first row of the page."""
        ...

    def select(self, index: int | None) -> None:
        """Put the cursor on a block and bring it into view."""
        ...

    def refresh(self) -> object:
        """Paint all of it anew."""
        ...


class Finder:
    """Moves a view from hit to hit. `texts` returns what each block says, one call a block."""

    def __init__(self, view: Searched, texts: Callable[[], Sequence[Callable[[], str]]]) -> None:
        self._view, self._texts = view, texts
        self._found: Place | None = None
        self._origin = Place()  # where the person was

    @property
    def pattern(self) -> re.Pattern[str] | None:
        """What is looked for, if anything is."""
        return self._view.pattern

    def begin(self) -> None:
        """Look upwards from the lowest row on the screen from now on."""
        self._origin = self._lowest()

    def look(self, text: str) -> int:
        """Go to the first hit of a text; return how many blocks have one.

        Capitals count only if there are any in `text`.
        """
        how = re.NOFLAG if text != text.lower() else re.IGNORECASE
        self._view.pattern = re.compile(re.escape(text), how) if text else None
        self._found = None
        if text:
            self.go(UPWARDS)
        self._view.refresh()
        pattern = self._view.pattern
        return sum(bool(pattern.search(say())) for say in self._texts()) if pattern else 0

    def stand_at(self, block: int, words: Sequence[str]) -> None:
        """Stand at the first of some words in a block, in sight; capitals do not count."""
        view = self._view
        wanted = "|".join(re.escape(word) for word in words if word)
        view.pattern = re.compile(wanted, re.IGNORECASE) if wanted else None
        rows = self._rows_in(block, view.pattern) if view.pattern else [Place(block)]
        self._found = rows[0]
        view.select(block)
        self._show(self._found)

    def go(self, way: int) -> bool:
        """Go to the next hit upwards or downwards, around the ends; False if there is none."""
        view, texts = self._view, self._texts()
        if view.pattern is None or not texts:
            return False
        start = self._found or self._origin
        for step in range(len(texts) + 1):
            block = (start.block + way * step) % len(texts)
            if not view.pattern.search(texts[block]()):
                continue
            hits = self._rows_in(block, view.pattern)
            if step == 0:
                hits = [hit for hit in hits if self._is_past(hit, start, way)]
            if hits:
                self._found = hits[-1 if way < 0 else 0]
                view.select(block)
                self._show(self._found)
                return True
        return False

    def _lowest(self) -> Place:
        """Return the lowest row on the screen."""
        rows = range(self._view.page_size.height - 1, -1, -1)
        return next((place for y in rows if (place := self._view.place_at(y))), self._view.place)

    def _show(self, hit: Place) -> None:
        """Bring a row into view, with some of what is above it."""
        view, height = self._view, self._view.page_size.height
        row = view.flow.top(hit) - view.flow.top(view.place)
        if not 0 <= row < height:
            view.show_place(view.flow.moved(hit, -(height // 3)))

    def _is_past(self, hit: Place, start: Place, way: int) -> bool:
        if self._found is None:  # the row where the search begins counts as well
            return hit <= start if way < 0 else hit >= start
        return hit < start if way < 0 else hit > start

    def _rows_in(self, block: int, pattern: re.Pattern[str]) -> list[Place]:
        """Return the rows of a block with a hit; its first row if the hit is folded or wrapped."""
        rows = takewhile(lambda row: row[0].block == block, self._view.flow.rows(Place(block)))
        return [place for place, strip in rows if pattern.search(strip.text)] or [Place(block)]


def marked(strip: Strip, pattern: re.Pattern[str], style: Style) -> Strip:
    """Return a row with its hits in another style."""
    text, parts, at = strip.text, list[Strip](), 0
    for hit in pattern.finditer(text):
        start, end = cell_len(text[: hit.start()]), cell_len(text[: hit.end()])
        inside = [
            Segment(s.text, (s.style or Style.null()) + style) for s in strip.crop(start, end)
        ]
        parts += [strip.crop(at, start), Strip(inside)]
        at = end
    return Strip.join([*parts, strip.crop(at, strip.cell_length)]) if parts else strip


class SearchLine(Horizontal):
    """The line in which the person writes what to look for; it looks at every letter."""

    DEFAULT_CSS = """
    SearchLine {
        height: 1; background: $boost; padding: 0 1 0 2;
        & Input, & Input:focus { width: 1fr; height: 1; border: none; padding: 0;
            background: transparent; }
        & SafeStatic { width: auto; color: $foreground-muted; }
    }
    """

    def __init__(self, finder: Finder, leave: Callable[[], object]) -> None:
        super().__init__()
        self._finder, self._leave = finder, leave

    def compose(self) -> ComposeResult:
        """Lay out the field and how it goes."""
        yield OrderedInput(placeholder=tr("search the conversation"), compact=True)
        yield SafeStatic(tr("Esc closes"))

    def on_mount(self) -> None:
        """Begin to write."""
        self._finder.begin()
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look for what is written so far."""
        event.stop()
        blocks = self._finder.look(event.value)
        words = trn("in {count} block", "in {count} blocks", blocks) if blocks else ""
        if event.value and not blocks:
            words = tr("not found")
        keys = tr("Enter, then n and N · Esc closes")
        self.query_one(SafeStatic).update(" · ".join(part for part in (words, keys) if part))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on with n and N."""
        event.stop()
        self._end()

    def on_key(self, event: events.Key) -> None:
        """Esc gives up; the arrows go from hit to hit."""
        ways = {"up": UPWARDS, "down": DOWNWARDS}
        if event.key == "escape":
            self._finder.look("")
            self._end()
        elif event.key in ways:
            self._finder.go(ways[event.key])
        else:
            return
        event.stop()
        event.prevent_default()

    def _end(self) -> None:
        self._leave()
        self.remove()
