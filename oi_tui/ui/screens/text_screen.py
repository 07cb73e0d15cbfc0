"""A text to read at leisure: scroll it, copy it, save it. What `%info` and its like show.

Owns how it looks and its keys. Knows neither where the text comes from nor where it goes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from oi_tui.text.sanitize import plain
from oi_tui.text.translation import tr
from oi_tui.ui.safe import SafeStatic
from oi_tui.ui.screens.leaving import leave
from oi_tui.ui.widgets.text_fields import OrderedTextArea

WIDTH, EDGES = 104, 5  # columns; those that padding and edge take
ROOM = 6  # rows around the text and its lead: title, keys and the space between them


class _Reading(OrderedTextArea):
    """The text. It can be selected and scrolled, not changed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("home,g", "edge(False)", show=False),
        Binding("end,G", "edge(True)", show=False),
    ]

    def __init__(self, text: str) -> None:
        super().__init__(plain(text), read_only=True, show_cursor=False, compact=True)

    def action_move(self, rows: int) -> None:
        """Scroll by rows."""
        self.scroll_relative(y=rows, animate=False)

    def action_edge(self, is_end: bool) -> None:
        """Scroll to the beginning or the end."""
        if is_end:
            self.scroll_end(animate=False)
        else:
            self.scroll_home(animate=False)


@dataclass(frozen=True, slots=True)
class Uses:
    """What can be done with a text."""

    copy: Callable[[str], object]
    save: Callable[[str, str], object]  # the name of the file, and the text


class TextScreen(ModalScreen[None]):
    """Shows a text below a title; `name` is what a file of it would be called."""

    DEFAULT_CSS = """
    TextScreen {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 104; max-width: 94%; height: auto; max-height: 90%; background: $panel;
            padding: 1 2; border-left: outer $primary;
        }
        & .text--title { text-style: bold; }
        & .text--lead { color: $muted; }
        & .text--foot { color: $muted; padding: 1 0 0 0; }
        & TextArea, & TextArea:focus {
            height: auto; border: none; padding: 0; margin: 1 0 0 0; background: transparent;
            scrollbar-size-vertical: 1; scrollbar-background: $panel;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,ctrl+c", "close", show=False, priority=True),
        Binding("c", "copy", show=False),
        Binding("s", "save", show=False),
    ]

    def __init__(self, title: str, text: str, use: Uses, *, lead: str = "", name: str = "") -> None:
        super().__init__()
        self._heading, self.text, self._lead = title, text, lead
        self._use, self._file_name = use, name or "oi-tui.txt"

    def compose(self) -> ComposeResult:
        """Lay out title, text and keys."""
        with Vertical():
            yield SafeStatic(self._heading, classes="text--title")
            if self._lead:
                yield SafeStatic(self._lead, classes="text--lead")
            yield _Reading(self.text)
            yield SafeStatic(tr("c copy · s save · Esc close"), classes="text--foot")

    def on_mount(self) -> None:
        """Let the text have the keys."""
        self._fit()
        self.query_one(_Reading).focus()

    def on_resize(self) -> None:
        """Leave room for what stands around the text."""
        self._fit()

    def action_close(self) -> None:
        """Go back."""
        leave(self)

    def action_copy(self) -> None:
        """Copy the text, or the selected part of it."""
        self._use.copy(self.query_one(_Reading).selected_text or self.text)
        self.query_one(".text--foot", SafeStatic).update(tr("Copied · s save · Esc close"))

    def action_save(self) -> None:
        """Save the text to a file."""
        self._use.save(self._file_name, self.text)

    def _fit(self) -> None:
        width = min(WIDTH, int(self.app.size.width * 0.94)) - EDGES
        lead = Content(plain(self._lead)).get_height({}, width) if self._lead else 0
        room = int(self.app.size.height * 0.9) - ROOM - lead
        self.query_one(_Reading).styles.max_height = max(3, room)
