"""What a person asks for in the live output: typing, another size, saving it, a fresh shell.

Owns the question before a shell's variables are lost. Knows no terminal and no run: it is handed
text and the names of shells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from oi_tui.protocol import ops
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.widgets import output_messages as output

if TYPE_CHECKING:
    from oi_tui.ui.screens.main import MainScreen

FromOutput = (
    output.Typed
    | output.Resized
    | output.InterruptRequested
    | output.SaveRequested
    | output.RestartRequested
)


class OutputErrands:
    """Serves the output view of one main screen."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def serve(self, message: FromOutput) -> None:
        """Do what the person asked for."""
        engine = self._screen.desk.engine
        match message:
            case output.SaveRequested(language=language, text=text):
                self._ask_where(language, text)
            case _ if engine is None:
                return
            case output.Typed(data=data):
                engine.write_input(data)
            case output.Resized(columns=columns, rows=rows):
                engine.resize(columns, rows)
            case output.InterruptRequested():
                engine.interrupt()
            case output.RestartRequested(language=language):
                self._ask_restart(language)

    def _ask_where(self, language: str, text: str) -> None:
        if not text.strip():
            self._screen.hint(tr("There is no output to save"))
            return
        name = f"{one_line(language, 20) or 'output'}-output.txt"
        self._screen.saving.ask_where(tr("Save this output to which file?"), name, text)

    # -- restarting -----------------------------------------------------------------------------
    def _ask_restart(self, language: str) -> None:
        def answered(answer: str | None) -> None:
            if answer == "restart":
                self._screen.desk.submit(ops.RestartShell(language))

        self._screen.errands.ask(
            tr("Start {language} fresh?", language=one_line(language, 20)),
            tr("Its variables and the folder it is in are lost. What it printed stays."),
            (("", "n", tr("Leave it")), ("restart", "r", tr("Start it fresh"))),
            answered,
        )
