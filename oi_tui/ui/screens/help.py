"""The help: the keys that count where the person was, then those of every other place."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from oi_tui.commands.actions import Where, actions_for
from oi_tui.text.translation import tr
from oi_tui.ui.keymap import labels_for
from oi_tui.ui.safe import SafeStatic

WIDTH, KEY_WIDTH, TITLE_WIDTH = 104, 22, 22  # columns
EDGES = 7  # columns of padding, edge and scroll bar


class HelpScreen(ModalScreen[None]):
    """Every action and its live keys, from the table of actions."""

    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 104; max-width: 94%; height: 90%; background: $panel; padding: 1 2;
            border-left: outer $primary;
        }
        & .help--title { text-style: bold; }
        & .help--lead { color: $muted; padding: 0 0 1 0; }
        & .help--heading { color: $primary; text-style: bold; padding: 1 0 0 0; }
        & VerticalScroll { scrollbar-size-vertical: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,q,ctrl+c", "dismiss", show=False, priority=True),
        Binding("j", "scroll_lines(1)", show=False),
        Binding("k", "scroll_lines(-1)", show=False),
    ]

    def __init__(self, keymap: Mapping[str, str], here: Where) -> None:
        super().__init__()
        self._keymap = keymap
        self._places = [here, *(where for where in Where if where is not here)]

    def compose(self) -> ComposeResult:
        """Lay out one section a place."""
        with Vertical():
            yield SafeStatic(tr("Keys"), classes="help--title")
            lead = tr("First those that count where you were. Esc closes this.")
            yield SafeStatic(lead, classes="help--lead")
            with VerticalScroll():
                for where in self._places:
                    yield SafeStatic(where.heading, classes="help--heading")
                    yield SafeStatic(self._section(where))

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _section(self, where: Where) -> Content:
        room = max(
            20, min(WIDTH, int(self.app.size.width * 0.94)) - KEY_WIDTH - TITLE_WIDTH - EDGES
        )
        lines = []
        for entry in actions_for(where):
            if labels := labels_for(entry.action_id, self._keymap):
                keys = wrap(labels, KEY_WIDTH - 1)
                titles = wrap(entry.title, TITLE_WIDTH - 1)
                for key, title, about in zip_longest(
                    keys, titles, wrap(entry.help, room), fillvalue=""
                ):
                    left = (key.ljust(KEY_WIDTH), "bold"), title.ljust(TITLE_WIDTH)
                    lines.append(Content.assemble(*left, (about, "$muted")))
        return Content("\n").join(lines)
