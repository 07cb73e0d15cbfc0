"""The list of the model picker: rows in columns below headings.

Owns how a row looks and which one is chosen. Knows neither where rows come from nor what they do.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.screens.model_rows import Do, ModelRow

_EDGE = 6  # columns: padding, mark and scroll bar
_NOTE, _FIGURES, _CONTEXT = 37, 14, 5
_NARROW = 80
_STAR = "★"


class ModelList(OptionList, inherit_bindings=False):
    """Rows under headings; keys are the screen's."""

    BINDINGS: ClassVar[list[BindingType]] = []

    class Chosen(Message):
        """The cursor is on another row, or on none."""

    def __init__(self) -> None:
        super().__init__(markup=False, compact=True)
        self.can_focus = False
        self._rows: list[ModelRow] = []
        self._in_use = ("", "")
        self._has_chosen = False
        self._server = ""  # whose models the cursor is to go to

    @property
    def row(self) -> ModelRow | None:
        """The row under the cursor."""
        option = self.highlighted_option
        return next((row for row in self._rows if option and row.key == option.id), None)

    @property
    def rows(self) -> tuple[ModelRow, ...]:
        """The rows that are shown."""
        return tuple(self._rows)

    def show(self, rows: Iterable[ModelRow], in_use: tuple[str, str]) -> None:
        """Show these rows; the cursor stays on its row, if the person put it there."""
        chosen = self.row.key if self._has_chosen and self.row is not None else ""
        self._rows = list({row.key: row for row in rows}.values())
        self._in_use = in_use
        self._draw(chosen)

    def forget_cursor(self) -> None:
        """Have the cursor go to the first row at the next `show`."""
        self._has_chosen, self._server = False, ""

    def point_at(self, api_base: str) -> None:
        """Have the cursor go to the models of a server at the next `show`."""
        self._has_chosen, self._server = False, api_base

    def move(self, rows: int) -> None:
        """Move the cursor by rows; it stays on the list."""
        places = [at for at, option in enumerate(self.options) if not option.disabled]
        if not places or self.highlighted is None:
            return
        self._has_chosen, self._server = True, ""
        at = places.index(self.highlighted) + rows
        self.highlighted = places[max(0, min(len(places) - 1, at))]
        if self.highlighted == places[0]:
            self.scroll_home(animate=False)  # its heading comes along

    def on_resize(self) -> None:
        """Lay the columns out anew."""
        self._draw(self.row.key if self.row is not None else "")

    def on_option_list_option_highlighted(self) -> None:
        """Tell the screen."""
        self.post_message(self.Chosen())

    def _draw(self, chosen: str) -> None:
        options: list[Option] = []
        for section, rows in groupby(self._rows, key=lambda row: row.section):
            if options:
                options.append(Option("", disabled=True))
            options.append(Option(Content.styled(section, "bold $primary"), disabled=True))
            options += [Option(self._columns(row), id=row.key) for row in rows]
        if not options:
            options.append(Option(Content.styled(tr("Nothing fits."), "$muted"), disabled=True))
        self.clear_options()
        self.add_options(options)
        keys = [option.id for option in options]
        used = [row.key for row in self._rows if self._server and row.api_base == self._server]
        used += [row.key for row in self._rows if self._is_in_use(row)]
        first = next((at for at, key in enumerate(keys) if key), None)
        wanted = next((key for key in (chosen, *used) if key in keys), None)
        self.highlighted = keys.index(wanted) if wanted else first
        self.post_message(self.Chosen())

    def _is_in_use(self, row: ModelRow) -> bool:
        return row.do is Do.USE and (row.model, row.api_base) == self._in_use

    def _columns(self, row: ModelRow) -> Content:
        width = max(30, self.size.width - _EDGE)
        note = _NOTE if width >= _NARROW else 22
        figures = _FIGURES if width >= _NARROW else 12
        label = max(12, width - note - figures - _CONTEXT - 3)
        if not (row.note or row.figures or row.context):
            label, note, figures = width - _CONTEXT - 3, 0, 0  # nothing stands beside it
        is_used = self._is_in_use(row)
        mark = _STAR if row.is_favorite else _mark_of(row, is_used)
        name = "bold" if is_used else "" if row.is_ready else "$muted"
        return Content.assemble(
            (f"{mark} ", "$primary"),
            (_cut(row.label, label), name),
            " ",
            (_cut(_shortened(row.note, note), note), "$muted"),
            " ",
            (_right(row.figures, figures), "$muted"),
            " ",
            (_right(_tokens(row.context), _CONTEXT), "$muted"),
        )


def _mark_of(row: ModelRow, is_used: bool) -> str:
    if is_used:
        return "●"
    return "◆" if row.is_recommended else " "


def _tokens(count: int) -> str:
    if count >= 1_000_000:
        return f"{count / 1_000_000:.0f}M"
    return f"{count / 1000:.0f}k" if count >= 1000 else str(count or "")


def _shortened(text: str, width: int) -> str:
    """Return the word of `slow: about 2 tokens/s` where there is no room for the figure."""
    return text if cell_len(text) <= width else text.partition(": ")[0]


def _cut(text: str, width: int) -> str:
    """Return a text that fills exactly this many columns; what is cut off leaves a mark."""
    text = one_line(text, 300)
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…"


def _right(text: str, width: int) -> str:
    return " " * max(0, width - cell_len(text)) + _cut(text, min(width, cell_len(text)))
