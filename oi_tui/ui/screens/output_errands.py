"""What a person asks for in the live output: typing, another size, saving it, a fresh shell.

Owns the questions before a file is overwritten or a shell's variables are lost. Knows no terminal
and no run: it is handed text and the names of shells.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from oi_tui.protocol import ops
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr
from oi_tui.ui.background import in_background
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

    # -- saving ---------------------------------------------------------------------------------
    def _ask_where(self, language: str, text: str) -> None:
        screen = self._screen
        if not text.strip():
            screen.hint(tr("There is no output to save"))
            return

        def named(name: str | None) -> None:
            if name:
                self._save(_path(name, screen.facts.folder), text)

        from oi_tui.ui.screens.ask_line import AskLine

        folder = screen.facts.folder
        screen.app.push_screen(
            AskLine(
                tr("Save this output to which file?"),
                f"{one_line(language, 20) or 'output'}-output.txt",
                tr("A name alone goes to {folder}.", folder=folder) if folder else "",
            ),
            named,
        )

    def _save(self, path: Path, text: str, *, replace: bool = False) -> None:
        def refused(error: Exception) -> None:
            if isinstance(error, FileExistsError) and not replace:
                self._ask_overwrite(path, text)
                return
            why = error.strerror if isinstance(error, OSError) else ""
            words = tr(
                "{path} could not be written: {why}. Nothing is lost; s asks again.",
                path=str(path),
                why=why or type(error).__name__,
            )
            self._screen.errands.say(words, "error")

        in_background(
            self._screen.call_later,
            lambda: _write(path, text, replace=replace),
            lambda _done: self._screen.errands.say(tr("Saved to {path}", path=str(path))),
            refused,
        )

    def _ask_overwrite(self, path: Path, text: str) -> None:
        def answered(answer: str | None) -> None:
            if answer == "replace":
                self._save(path, text, replace=True)

        self._screen.errands.ask(
            tr("This file exists. Replace it?"),
            str(path),
            (("", "n", tr("Keep it")), ("replace", "r", tr("Replace it"))),
            answered,
        )

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


def _path(name: str, folder: str) -> Path:
    return Path(folder or ".") / Path(name).expanduser()


def _write(path: Path, text: str, *, replace: bool) -> None:
    if replace and path.is_dir():
        raise IsADirectoryError(21, tr("it is a folder"))
    with path.open("w" if replace else "x", encoding="utf-8", errors="replace") as file:
        file.write(text if text.endswith("\n") else text + "\n")
