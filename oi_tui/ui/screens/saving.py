"""Writes a text to a file that the person names, and asks before one is overwritten.

Owns the questions and what is said afterwards. Knows not what the text is.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from oi_tui.formats.message_files import path_in
from oi_tui.text.translation import tr
from oi_tui.ui.background import in_background

if TYPE_CHECKING:
    from oi_tui.ui.screens.main import MainScreen


class Saving:
    """Saves texts for one main screen."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def ask_where(self, question: str, name: str, text: str) -> None:
        """Ask for a path, `name` being offered, and write the text there."""
        from oi_tui.ui.screens.ask_line import AskLine

        folder = self._screen.facts.folder
        about = tr("A name alone goes to {folder}.", folder=folder) if folder else ""

        def named(written: str | None) -> None:
            if written:
                self._save(path_in(folder, written), text)

        self._screen.app.push_screen(AskLine(question, name, about), named)

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

        ask_overwrite(self._screen, path, answered)


def ask_overwrite(screen: MainScreen, path: Path, answered: Callable[[str | None], None]) -> None:
    """Ask whether a file may be replaced; the answer for yes is `replace`."""
    screen.errands.ask(
        tr("This file exists. Replace it?"),
        str(path),
        (("", "n", tr("Keep it")), ("replace", "r", tr("Replace it"))),
        answered,
    )


def _write(path: Path, text: str, *, replace: bool) -> None:
    if replace and path.is_dir():
        raise IsADirectoryError(21, tr("it is a folder"))
    with path.open("w" if replace else "x", encoding="utf-8", errors="replace") as file:
        file.write(text if text.endswith("\n") else text + "\n")
