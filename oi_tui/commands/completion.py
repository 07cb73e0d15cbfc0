"""What could be written next in the prompt: commands, their arguments, paths.

Pure: the front end hands in what folders hold and which models, themes and sessions there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from oi_tui.commands.command import ArgumentKind
from oi_tui.commands.registry import find
from oi_tui.commands.table import COMMANDS

# Returns the names in a folder, those of folders with a slash at the end; empty if unreadable.
ListFolder = Callable[[str], Sequence[str]]
Choices = Mapping[ArgumentKind, Sequence[str]]

_NAME = re.compile(r"([%/])([\w-]*)")
_ARGUMENT = re.compile(r"([%/])([\w-]+)\s+(.*)", re.DOTALL)
_LAST_WORD = re.compile(r"(?:\\.|[^\s\\])*\Z", re.DOTALL)
_ODD = re.compile(r"([^\w@%+=:,./~-])")
_MOST = 100


@dataclass(frozen=True, slots=True)
class Completion:
    """One way on: put `text` in place of `[start:end]` of the prompt. `title` explains it."""

    text: str
    start: int
    end: int
    title: str = ""


def complete(
    text: str, cursor: int, list_folder: ListFolder, choices: Choices | None = None
) -> list[Completion]:
    """Return the ways on at `cursor`, the best first; none where nothing is known."""
    before = text[:cursor]
    if before.startswith(("!", "%%")):
        return _paths_of_shell(before, cursor, list_folder)
    if match := _NAME.fullmatch(before):
        return list(_names(match[1], match[2], cursor))
    match = _ARGUMENT.fullmatch(before)
    command = find(match[2]) if match else None
    if match is None or command is None or command.argument is None:
        return []
    written = match[3]
    if command.argument.kind is ArgumentKind.PATH:
        return _paths(written, match.start(3), cursor, list_folder, escape=False)
    known = {**_fixed_choices(), **(choices or {})}.get(command.argument.kind, ())
    found = _ranked(written, known)
    return [Completion(one, match.start(3), cursor) for one in found if one != written][:_MOST]


def _names(sign: str, written: str, cursor: int) -> Iterator[Completion]:
    titles = {command.name: command.title for command in COMMANDS}
    for name in _ranked(written.replace("-", "_"), titles):
        command = find(name)
        space = " " if command and command.argument else ""
        yield Completion(f"{sign}{name}{space}", 0, cursor, titles[name])


def _ranked(written: str, names: Iterable[str]) -> list[str]:
    """Return the names that begin with what is written, then those that hold it."""
    wanted = written.lower()
    known = list(names)
    first = [name for name in known if name.lower().startswith(wanted)]
    return first + [name for name in known if wanted in name.lower() and name not in first]


def _fixed_choices() -> dict[ArgumentKind, Sequence[str]]:
    return {
        ArgumentKind.SWITCH: ("true", "false"),
        ArgumentKind.COMMAND: tuple(command.name for command in COMMANDS),
    }


def _paths_of_shell(before: str, cursor: int, list_folder: ListFolder) -> list[Completion]:
    skipped = len("!") if before.startswith("!") else len("%%")
    match = _LAST_WORD.search(before, skipped)
    if match is None or not match[0]:
        return []
    return _paths(match[0], match.start(), cursor, list_folder, escape=True)


def _paths(
    written: str, start: int, cursor: int, list_folder: ListFolder, *, escape: bool
) -> list[Completion]:
    plain = re.sub(r"\\(.)", r"\1", written) if escape else written
    folder, slash, beginning = plain.rpartition("/")
    listed = list_folder(folder + slash)
    names = [name for name in listed if name.startswith(beginning)]
    if not beginning.startswith("."):
        names = [name for name in names if not name.startswith(".")]
    found = []
    for name in sorted(names)[:_MOST]:
        path = folder + slash + name
        shown = _ODD.sub(r"\\\1", path) if escape else path
        found.append(Completion(shown, start, cursor))
    return found
