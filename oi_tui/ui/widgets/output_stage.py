"""The terminals of all shells, one in view, and the search over it.

Owns which one is shown, what size they have, and when bytes begin to be parsed. Knows no run.
"""

from __future__ import annotations

import asyncio
import contextvars
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import Input

from oi_tui.ui.keymap import bindings
from oi_tui.ui.widgets.output_finder import Finder, SearchField
from oi_tui.ui.widgets.output_messages import (
    CopyRequested,
    Resized,
    RestartRequested,
    SaveRequested,
)
from oi_tui.ui.widgets.output_pictures import DrawingOrder
from oi_tui.ui.widgets.output_rows import Drawn
from oi_tui.ui.widgets.output_spool import OutputSpools
from oi_tui.ui.widgets.output_terminal import OutputTerminal

_COPIED_ROWS = 50_000  # the newest of a run that a copy takes
_LAYOUT = 0.3  # seconds after which output is parsed although the view has no size yet


class OutputStage(Container):
    """Shows the terminal of one language; "" is an empty one."""

    DEFAULT_CSS = """
    OutputStage { height: 1fr; }
    OutputStage SearchField { dock: bottom; display: none; }
    OutputStage.-searching SearchField { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(
            {
                "output.search": "search",
                "output.search_next": "next_match(False)",
                "output.search_previous": "next_match(True)",
                "output.copy": "copy_run",
                "output.save": "save_run",
                "output.restart": "restart",
                "output.shell_previous": "switch(-1)",
                "output.shell_next": "switch(1)",
            }
        ),
        Binding("escape", "end_search", "End the search", show=False),
    ]

    class Changed(Message):
        """Another terminal is in view, or there is something new to say about it."""

    def __init__(self, spools: OutputSpools) -> None:
        super().__init__()
        self.spools = spools
        self.shown = ""
        self.search_words = ""  # how the search goes
        self.lent_rows = 0  # taken by a field below for a while: no reason for a new size
        self._drawing = DrawingOrder(self._put_rows)
        self._terminals = {"": OutputTerminal("", spools)}
        self._cells: tuple[int, int] | None = None
        self._field = SearchField()
        self._finder = Finder(self._note_search)

    @property
    def current(self) -> OutputTerminal:
        """The terminal in view."""
        return self.terminal(self.shown)

    def compose(self) -> ComposeResult:
        """Lay out the terminals and the search field."""
        yield from self._terminals.values()
        yield self._field

    def on_mount(self) -> None:
        """Begin to listen to the shells."""
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def woken(language: str) -> None:
            if self.is_attached:
                self.terminal(language).drain.schedule()

        def wake(language: str) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(woken, language, context=context)

        self.spools.bind_wake(wake)
        self.set_timer(_LAYOUT, self._start_all)

    def on_unmount(self) -> None:
        """Let programs go on without a screen."""
        self._finder.stop()
        self.spools.close()
        for terminal in self._terminals.values():
            terminal.drain.stop()

    def terminal(self, language: str) -> OutputTerminal:
        """Return a shell's terminal, made when first asked for."""
        terminal = self._terminals.get(language)
        if terminal is None:
            terminal = self._terminals[language] = OutputTerminal(language, self.spools)
            terminal.display = language == self.shown
            if self.is_attached:
                self.mount(terminal, before=self._field)
                # Rows are not wrapped anew later: bytes wait a little for the size.
                if self._cells:
                    self._start_all()
                else:
                    self.set_timer(_LAYOUT, self._start_all)
        return terminal

    def show(self, language: str) -> None:
        """Bring a shell's terminal into view; it keeps the focus that the last one had."""
        if language == self.shown:
            return
        self._finder.stop()
        last, self.shown = self.current, language
        had_focus = last.has_focus
        self.current.display = True
        if had_focus:
            self.current.focus()
        last.display = False
        self.post_message(self.Changed())

    def draw(self, language: str, *rows: Drawn) -> None:
        """Put rows of ours below all that a shell has written so far."""
        self._drawing.draw(language, rows)

    def draw_picture(self, language: str, mime: str, data: bytes) -> None:
        """Draw a picture, or name one that can't be drawn. Returns at once."""
        columns, rows = self._cells or (80, 24)
        place = self._drawing.keep_place(language)
        drawing = self._drawing.draw_picture(language, mime, data, columns, rows, place)
        self.run_worker(drawing, group="pictures")

    def _put_rows(self, language: str, rows: tuple[Drawn, ...]) -> None:
        terminal = self.terminal(language)
        self.spools.put(language, lambda: terminal.rows.draw(*rows))

    def clear(self) -> None:
        """Forget every terminal, and what is on its way to them."""
        self.spools.discard()
        self._drawing.clear()
        self.show("")
        for language in [name for name in self._terminals if name]:
            terminal = self._terminals.pop(language)
            terminal.drain.stop()
            terminal.remove()

    # -- size and start ---------------------------------------------------------------------------
    @on(OutputTerminal.Sized)
    def _size_all(self, event: OutputTerminal.Sized) -> None:
        event.stop()
        lent = self.lent_rows + self.has_class("-searching")
        size = (event.columns, event.rows + lent)
        if size != self._cells:
            self._cells = size
            self.post_message(Resized(*size))
        self._start_all()

    def _start_all(self) -> None:
        """Let terminals take bytes: they have their size, or none is known yet."""
        for terminal in self._terminals.values():
            if self._cells:
                terminal.fit(*self._cells)
            terminal.drain.start()

    # -- keys -------------------------------------------------------------------------------------
    def _note_search(self, words: str) -> None:
        self.search_words = words
        self.post_message(self.Changed())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave Escape and n to others while nothing is looked for."""
        return self._finder.active if action in ("end_search", "next_match") else True

    def action_search(self) -> None:
        """Ask what to look for."""
        self.add_class("-searching")
        self._field.value = ""
        self._field.focus()

    @on(Input.Submitted)
    def _look(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave_search()
        self._finder.look(self.current, event.value)

    @on(SearchField.Left)
    def _leave_search(self) -> None:
        self.remove_class("-searching")
        self.current.focus()

    def action_next_match(self, opposite: bool) -> None:
        """Go to the next match."""
        self._finder.go_on(opposite=opposite)

    def action_end_search(self) -> None:
        """Look for nothing any more."""
        self._finder.stop()

    def action_copy_run(self) -> None:
        """Copy the output of the run in view; the newest part of a very long one."""
        self.post_message(CopyRequested(self._text_of_run(_COPIED_ROWS)))

    def action_save_run(self) -> None:
        """Have the output of the run in view written to a file."""
        self.post_message(SaveRequested(self.shown, self._text_of_run()))

    def _text_of_run(self, most: int = 1 << 30) -> str:
        rows = self.current.rows
        start, end = rows.run_around(self.current.row_in_view)
        return rows.text(max(start, end - most), end)

    def action_restart(self) -> None:
        """Have the shell in view started fresh."""
        if self.shown:
            self.post_message(RestartRequested(self.shown))

    def action_switch(self, step: int) -> None:
        """Bring another shell into view."""
        names = [name for name in self._terminals if name]
        if self.shown in names:
            self.show(names[(names.index(self.shown) + step) % len(names)])
