"""The person's own editor on a piece of text, with the screen put aside meanwhile.

Owns temporary files. Knows no widget but the application it suspends.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from textual.app import App, SuspendNotSupported

from oi_tui.text.translation import tr


class EditorError(Exception):
    """The editor could not be used; the text is for a person."""


def editor_command() -> list[str]:
    """Return the person's editor as a list of arguments."""
    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        return shlex.split(chosen) or ["vi"]
    except ValueError:
        return [chosen]


def edit_outside(app: App[object], text: str, suffix: str) -> str:
    """Return `text` as the person left it.

    Raises:
        EditorError: there is no such editor, it failed, or the screen cannot be put aside.
    """
    descriptor, name = tempfile.mkstemp(prefix="oi-tui-", suffix=suffix)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        edit_file(app, path)
        return path.read_text(encoding="utf-8", errors="replace").removesuffix("\n")
    except OSError as error:
        raise EditorError(
            tr("The text could not be handed over: {why}", why=error.strerror)
        ) from error
    finally:
        path.unlink(missing_ok=True)


def edit_file(app: App[object], path: Path) -> None:
    """Open a file in the person's editor, and return when it is closed.

    Raises:
        EditorError: there is no such editor, it failed, or the screen cannot be put aside.
    """
    command = editor_command()
    try:
        with app.suspend():
            status = subprocess.run([*command, str(path)], check=False).returncode
    except SuspendNotSupported as error:
        raise EditorError(tr("The screen cannot be put aside here.")) from error
    except OSError as error:
        raise EditorError(
            tr("{editor} could not be started: {why}", editor=command[0], why=error.strerror)
        ) from error
    if status:
        raise EditorError(tr("{editor} ended with status {n}.", editor=command[0], n=status))
