"""One row of the settings screen: name, value, origin, and a line to write another value in."""

from __future__ import annotations

from rich.cells import set_cell_size
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from oi_tui.ui.screens.settings_entries import Entry
from oi_tui.ui.widgets.text_fields import OrderedInput

NAME_WIDTH, ORIGIN_WIDTH, EDGE = 19, 26, 1  # columns


class SettingRow(Widget):
    """Shows one entry; the screen says which row is chosen."""

    class Clicked(Message):
        """The mouse chose this row."""

        def __init__(self, row: SettingRow) -> None:
            super().__init__()
            self.row = row

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.entry = entry

    def render(self) -> Content:
        """Lay name, value and origin out in columns."""
        room = max(8, self.size.width - 2 * EDGE - NAME_WIDTH - ORIGIN_WIDTH)
        entry = self.entry
        edge = "▌" if self.has_class("-chosen") else " "
        return Content.assemble(
            (edge, "$primary"),
            (set_cell_size(entry.title, NAME_WIDTH), self._name_style()),
            (_cut(entry.value, room - 1) + " ", self._value_style()),
            (_cut(entry.origin, ORIGIN_WIDTH), "$muted"),
        )

    def show(self, entry: Entry) -> None:
        """Show another value."""
        self.entry = entry
        self.refresh()

    def choose(self, on: bool) -> None:
        """Put the cursor on it, or take it away."""
        self.set_class(on, "-chosen")
        self.refresh()

    # -- the line -------------------------------------------------------------------------------
    @property
    def field(self) -> OrderedInput | None:
        """The line that is written in, while there is one."""
        return next(iter(self.query(OrderedInput)), None)

    async def edit(self, text: str) -> OrderedInput:
        """Open a line in place of the value."""
        field = OrderedInput(value=text, compact=True, select_on_focus=True)
        await self.mount(field)
        return field

    def close(self) -> None:
        """Close the line."""
        for field in self.query(OrderedInput):
            field.remove()

    def on_click(self, event: events.Click) -> None:
        """Be chosen; when it is already, be changed."""
        event.stop()
        if self.field is None:
            self.post_message(self.Clicked(self))

    def _name_style(self) -> str:
        return "bold" if self.has_class("-chosen") else ""

    def _value_style(self) -> str:
        if self.entry.key == "auto_run" and self.entry.value == "true":
            return "bold $error"
        return "$foreground" if self.entry.is_set else "$muted"


def _cut(text: str, width: int) -> str:
    """Return a text that fills exactly this many columns; what is cut off leaves a mark."""
    fitting = set_cell_size(text, width)
    if fitting.rstrip() == text.rstrip():
        return fitting
    return set_cell_size(text, width - 1) + "…"
