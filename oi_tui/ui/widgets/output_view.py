"""The live output: one terminal a shell, a line that says what goes on, a field to type into it.

Owns what belongs together here: bytes from the tap, the runs that they belong to, and the keys that
go back. Knows no engine: what the person does leaves as messages.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from oi_tui.protocol.items import InputMode
from oi_tui.shells.base import OutputTap
from oi_tui.text.translation import tr
from oi_tui.transcript import CodeBlock
from oi_tui.ui.clock import clock_of
from oi_tui.ui.keymap import bindings
from oi_tui.ui.safe import safe_notify
from oi_tui.ui.widgets import output_messages as messages
from oi_tui.ui.widgets.output_header import OutputHeader
from oi_tui.ui.widgets.output_runs import Runs
from oi_tui.ui.widgets.output_spool import OutputSpools
from oi_tui.ui.widgets.output_stage import OutputStage
from oi_tui.ui.widgets.output_terminal import OutputTerminal
from oi_tui.ui.widgets.output_typing import TypingField

_TICK = 0.5  # seconds between two looks at the clock


class OutputView(Widget):
    """Give `tap` to the shells, tell it of runs, and act on its messages."""

    DEFAULT_CSS = """
    OutputView { layout: vertical; }
    OutputView TypingField { display: none; }
    OutputView.-typing TypingField { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings({"output.type": "type"})

    Typed: TypeAlias = messages.Typed
    Resized: TypeAlias = messages.Resized
    InterruptRequested: TypeAlias = messages.InterruptRequested
    CopyRequested: TypeAlias = messages.CopyRequested
    SaveRequested: TypeAlias = messages.SaveRequested
    RestartRequested: TypeAlias = messages.RestartRequested
    TypingChanged: TypeAlias = messages.TypingChanged

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._spools = OutputSpools()
        self._header = OutputHeader()
        self._stage = OutputStage(self._spools)
        self._field = TypingField()
        self._runs = Runs()
        self._came_from: Widget | None = None

    @property
    def tap(self) -> OutputTap:
        """What the shells hand every byte to, in their own threads."""
        return self._spools

    @property
    def typing(self) -> bool:
        """Whether keys go to the program."""
        return self.has_class("-typing")

    def compose(self) -> ComposeResult:
        """Lay out the header, the terminals and the field."""
        yield self._header
        yield self._stage
        yield self._field

    def on_mount(self) -> None:
        """Keep the clock of a run going."""
        self.set_interval(_TICK, self._tick)
        self._show_facts()

    def focus(self, scroll_visible: bool = True) -> OutputView:
        """Focus the terminal in view."""
        self._stage.current.focus(scroll_visible)
        return self

    # -- what the frame calls ---------------------------------------------------------------------
    def show_language(self, language: str) -> None:
        """Bring a shell's output into view."""
        self._runs.facts(language)
        self._stage.show(language)

    def begin_run(self, language: str, call_id: str) -> None:
        """Show that a run began; its shell comes into view."""
        self._runs.begin(language, call_id, clock_of(self).monotonic())
        terminal = self._stage.terminal(language)
        terminal.rows.terminal.set_reply(self._reply)
        if not terminal.has_focus:  # nobody is reading there
            terminal.action_end()
        self.show_language(language)
        self._show_facts()

    def end_run(self, block: CodeBlock) -> None:
        """Show how a run ended, below the last of its output."""
        was_running = self._runs.running
        language, rule = self._runs.end(block, clock_of(self).now())
        self._stage.draw(language, rule)
        self._stage.terminal(language).rows.terminal.set_reply(None)
        if language == was_running:
            self.stop_typing()
        self._show_facts()

    def load(self, language: str, data: bytes) -> None:
        """Show output that was recorded earlier."""
        rule = self._runs.restore(language)
        self._stage.terminal(language)
        # What came from a file of someone else has the line ends of files, not of terminals.
        self._spools.put(language, data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        self._stage.draw(language, rule)
        self.show_language(language)

    def show_picture(self, language: str, mime: str, data: bytes) -> None:
        """Show a picture below the output so far. Returns at once."""
        self._stage.draw_picture(language, mime, data)

    def set_input(self, mode: InputMode, waiting: bool) -> None:
        """Note that the running program reads its terminal, or no longer does."""
        self._runs.note_input(mode, waiting)
        if self.typing:
            self._set_mode(mode)
        self._show_facts()

    def clear(self) -> None:
        """Forget all output and all shells."""
        self.stop_typing()
        self._runs = Runs()
        self._stage.clear()
        self._show_facts()

    # -- typing -----------------------------------------------------------------------------------
    def action_type(self) -> None:
        """Begin to type into the program that runs."""
        self.start_typing()

    def start_typing(self) -> None:
        """Send keys to the program that runs, from now on."""
        language = self._runs.running
        if not language:
            safe_notify(self, tr("No program is running that could take input."))
            return
        self._came_from = self.screen.focused
        self.show_language(language)
        terminal = self._stage.terminal(language)
        self._field.asked = lambda: terminal.rows.terminal.modes
        self._set_mode(self._runs.mode)
        terminal.shows_cursor = True
        self.add_class("-typing")
        self._field.focus()
        terminal.action_end()
        self._note_typing(True)

    def _set_mode(self, mode: InputMode) -> None:
        self._field.set_mode(mode)
        self._stage.lent_rows = 0 if mode is InputMode.RAW else 1

    @on(TypingField.LostFocus)
    def _follow_focus(self) -> None:
        """End typing when the person went elsewhere; not when the whole window lost the focus."""
        if self.screen.focused not in (None, self._field):
            self.stop_typing()

    @on(TypingField.Left)
    def stop_typing(self) -> None:
        """Give the keys back to where they went before."""
        if not self.typing:
            return
        had_focus = self._field.has_focus
        self.remove_class("-typing")
        self._stage.lent_rows = 0
        self._stage.current.shows_cursor = False
        self._stage.current.repaint()
        back = self._came_from
        if had_focus:
            usable = back is not None and back.is_attached and back.focusable
            (back if back is not None and usable else self._stage.current).focus()
        self._note_typing(False)

    def _note_typing(self, typing: bool) -> None:
        self._runs.note_typing(typing)
        self._show_facts()
        self.post_message(messages.TypingChanged(typing))

    def _reply(self, data: bytes) -> None:
        self.post_message(messages.Typed(data))

    # -- the header -------------------------------------------------------------------------------
    @on(OutputHeader.Chosen)
    def _choose(self, event: OutputHeader.Chosen) -> None:
        event.stop()
        self.show_language(event.language)

    @on(OutputTerminal.Painted)
    @on(OutputStage.Changed)
    def _refresh_facts(self, event: OutputTerminal.Painted | OutputStage.Changed) -> None:
        event.stop()
        self._show_facts()

    def _tick(self) -> None:
        if self._runs.running:
            self._show_facts()

    def _show_facts(self) -> None:
        stage, shown = self._stage, self._stage.shown
        if shown:
            facts, rows = self._runs.facts(shown), stage.current.rows
            facts.rows = rows.terminal.end_row - rows.terminal.first_row
            facts.following = stage.current.follow
            facts.search = stage.search_words
        self._header.show(list(self._runs.shells.values()), shown)
