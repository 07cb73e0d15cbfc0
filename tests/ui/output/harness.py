"""A bare application around the live output, and what it said."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Input

from oi_tui.protocol.items import RunStatus
from oi_tui.transcript import CodeBlock
from oi_tui.ui.emulator.sgr import row_text
from oi_tui.ui.theming import VARIABLE_DEFAULTS
from oi_tui.ui.widgets.output_rows import Note, PixelRow, Rule
from oi_tui.ui.widgets.output_stage import OutputStage
from oi_tui.ui.widgets.output_terminal import OutputTerminal
from oi_tui.ui.widgets.output_view import OutputView
from tests.support.waiting import DEADLINE


class Harness(App[None]):
    """Collects the messages of one view."""

    CSS = "Input#prompt { dock: bottom; }"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(VARIABLE_DEFAULTS)

    def __init__(self) -> None:
        super().__init__()
        self.view = OutputView()
        self.said: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.view
        yield Input(id="prompt")

    def terminal(self, language: str) -> OutputTerminal:
        """Return a shell's terminal."""
        return self.view.query_one(OutputStage).terminal(language)

    def on_output_view_typed(self, message: OutputView.Typed) -> None:
        self.said.append(message)

    def on_output_view_resized(self, message: OutputView.Resized) -> None:
        self.said.append(message)

    def on_output_view_interrupt_requested(self, message: OutputView.InterruptRequested) -> None:
        self.said.append(message)

    def on_output_view_save_requested(self, message: OutputView.SaveRequested) -> None:
        self.said.append(message)

    def on_output_view_restart_requested(self, message: OutputView.RestartRequested) -> None:
        self.said.append(message)

    def on_output_view_copy_requested(self, message: OutputView.CopyRequested) -> None:
        self.said.append(message)


class Driver:
    """The application under a pilot."""

    def __init__(self, app: Harness, pilot: Pilot[None]) -> None:
        self.app, self.pilot, self.view = app, pilot, app.view

    @property
    def terminal(self) -> OutputTerminal:
        """The terminal in view."""
        return next(t for t in self.view.query(OutputTerminal) if t.display)

    @property
    def typed(self) -> bytes:
        """All that was typed into programs."""
        return b"".join(m.data for m in self.app.said if isinstance(m, OutputView.Typed))

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """The sizes that terminals should have had."""
        return [(m.columns, m.rows) for m in self.app.said if isinstance(m, OutputView.Resized)]

    async def until(self, condition: Callable[[], object], what: str = "the condition") -> None:
        """Let the application work until `condition()` is true."""
        end = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < end, f"waited {DEADLINE:g} s for {what}"
            await self.pilot.pause(0.005)

    async def press(self, *keys: str) -> None:
        """Press keys and let them take effect."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def write(self, data: bytes, language: str = "python") -> None:
        """Have a shell write bytes and wait until they are in its terminal."""
        self.view.tap.output(language, data)
        await self.settled(language)

    async def settled(self, language: str = "python") -> None:
        """Wait until all that is on its way has arrived."""
        done = list[bool]()
        stage = self.view.query_one(OutputStage)
        stage.spools.put(language, lambda: done.append(True))
        await self.until(lambda: done, "the output to arrive")
        await self.pilot.pause()

    def begin(self, call_id: str = "call", language: str = "python") -> None:
        """Begin a run."""
        self.view.begin_run(language, call_id)

    def end(self, call_id: str = "call", status: RunStatus = RunStatus.OK) -> None:
        """End a run."""
        self.view.end_run(CodeBlock(call_id, 1, "python", status=status, seconds=0.25))

    def rows(self) -> list[str]:
        """Return all rows of the terminal in view, drawn ones by what they are."""
        found = list[str]()
        rows = self.terminal.rows
        for number in range(rows.first, rows.end):
            match rows.row(number):
                case bytes() as row:
                    found.append(row_text(row).rstrip())
                case Rule(label=label):
                    found.append(f"-- {label}")
                case Note(text=text):
                    found.append(f"({text})")
                case PixelRow(pixels=pixels):
                    found.append(f"[{len(pixels)} pixels]")
        return found

    def screen(self) -> list[str]:
        """Return what the terminal in view shows, row by row."""
        height = self.terminal.size.height
        return [self.terminal.render_line(y).text.rstrip() for y in range(height)]


@asynccontextmanager
async def output_view(size: tuple[int, int] = (62, 20)) -> AsyncIterator[Driver]:
    """Run the application until its view has a size."""
    app = Harness()
    async with app.run_test(size=size) as pilot:
        driver = Driver(app, pilot)
        await driver.until(lambda: driver.sizes, "the first size")
        yield driver
