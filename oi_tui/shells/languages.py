"""What languages are called and which program runs each. Starts nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

from oi_tui.protocol.items import ErrorInfo, ErrorKind
from oi_tui.shells.base import ShellError
from oi_tui.text.translation import tr

PYTHON = "python"
BASH = "bash"
ZSH = "zsh"
SH = "sh"
JAVASCRIPT = "javascript"

LANGUAGES = (PYTHON, BASH, ZSH, SH, JAVASCRIPT)

_ALIASES = {
    "py": PYTHON,
    "python3": PYTHON,
    "ipython": PYTHON,
    "js": JAVASCRIPT,
    "node": JAVASCRIPT,
    "nodejs": JAVASCRIPT,
}
# Written by models for "whatever shell this person has".
_GENERIC_SHELL = frozenset({"shell", "sh", "console", "terminal", "shellscript", "shell-script"})
_PROGRAMS = {BASH: "bash", ZSH: "zsh", SH: "sh", JAVASCRIPT: "node"}


def canonical_name(language: str, *, users_shell: str) -> str | None:
    """Return the canonical name of what a model or person wrote, or None.

    `users_shell` is the language that a generic word such as `shell` or `sh` means here. An unknown
    word is never taken for a shell. A canonical name resolves to itself, but for `sh` where the
    person has a richer shell.
    """
    word = language.strip().lower()
    if word in _GENERIC_SHELL:
        return users_shell
    word = _ALIASES.get(word, word)
    return word if word in LANGUAGES else None


class Interpreters:
    """Finds the programs, in the person's environment and with the Python they set, if any."""

    def __init__(self, environ: Mapping[str, str], python: str = "") -> None:
        self._environ = environ
        self._python = python
        self.users_shell = self._find_users_shell()

    def find(self, language: str) -> str:
        """Return the absolute path of the program for a canonical name.

        Raises:
            ShellError: of kind SHELL_MISSING, with what to do about it.
        """
        path = self._find_python() if language == PYTHON else self._find_program(language)
        if path is None:
            raise ShellError(self._missing(language))
        return path

    def available(self) -> tuple[str, ...]:
        """Return the languages whose program is here: Python, the person's shell, the others.

        Plain `sh` only where the person has no richer shell: the word means that one.
        """
        others = (name for name in LANGUAGES if name != SH)
        order = dict.fromkeys((PYTHON, self.users_shell, *others))
        return tuple(name for name in order if self._has(name))

    def _has(self, language: str) -> bool:
        try:
            self.find(language)
        except ShellError:
            return False
        return True

    def _find_users_shell(self) -> str:
        name = os.path.basename(self._environ.get("SHELL", ""))
        return name if name in (BASH, ZSH) and self._find_program(name) else SH

    def _find_program(self, language: str) -> str | None:
        program = _PROGRAMS.get(language)
        return self._which(program) if program else None

    def _find_python(self) -> str | None:
        if self._python:
            return self._which(os.path.expanduser(self._python))
        active = self._environ.get("VIRTUAL_ENV", "")
        inside = os.path.join(active, "bin", "python")
        if os.path.isabs(active) and os.access(inside, os.X_OK):
            return inside
        return self._which("python3")

    def _which(self, program: str) -> str | None:
        # Relative entries of PATH would make the working folder a source of interpreters.
        entries = self._environ.get("PATH", os.defpath).split(os.pathsep)
        path = os.pathsep.join(entry for entry in entries if os.path.isabs(entry))
        found = shutil.which(program, path=path)
        return found if found and os.path.isabs(found) else None

    def _missing(self, language: str) -> ErrorInfo:
        if language == PYTHON and self._python:
            return ErrorInfo(
                ErrorKind.SHELL_MISSING,
                tr("There is no Python at {path}", path=self._python),
                hint=tr("Set `python` to the path of an interpreter (3.8 or newer)."),
            )
        return ErrorInfo(
            ErrorKind.SHELL_MISSING,
            tr("No program here runs {language}", language=language),
            hint=tr("Install it, or make sure that it is on PATH."),
        )
