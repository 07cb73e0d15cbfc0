"""What could be written next in the prompt: commands, their arguments, paths.

Pure: the front end hands in what folders hold and which models, themes and sessions there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from oi_tui.commands.command import Argument, ArgumentKind, Command
from oi_tui.commands.registry import find
from oi_tui.commands.table import COMMANDS
from oi_tui.protocol.sessions import ExportFormat


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that may be written; `title` says what it is, and is looked into as well."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """One way on: put `text` in place of `[start:end]` of the prompt. `title` explains it."""

    text: str
    start: int
    end: int
    title: str = ""


# Returns the names in a folder, those of folders with a slash at the end; empty if unreadable.
ListFolder = Callable[[str], Sequence[str]]
# Returns what an argument may be, given the word before it.
Choices = Callable[[ArgumentKind, str], Iterable[Choice]]

_NAME = re.compile(r"([%/])([\w-]*)")
_ARGUMENTS = re.compile(r"[%/]([\w-]+)\s+(.*)", re.DOTALL)
_WORD = re.compile(r"\S+\s+")
_LAST_WORD = re.compile(r"(?:\\.|[^\s\\])*\Z", re.DOTALL)
_ODD = re.compile(r"([^\w@%+=:,./~-])")
_MOST = 100
_FREE = (ArgumentKind.TEXT, ArgumentKind.CODE)


def no_choices(_kind: ArgumentKind, _before: str) -> Iterable[Choice]:
    """Know nothing beyond the table of commands."""
    return ()


def complete(
    text: str, cursor: int, list_folder: ListFolder, choices: Choices = no_choices
) -> list[Completion]:
    """Return the ways on at `cursor`, the best first; none where nothing is known."""
    before = text[:cursor]
    if before.startswith(("!", "%%")):
        return _paths_of_shell(before, cursor, list_folder)
    if match := _NAME.fullmatch(before):
        return list(_names(match[1], match[2], cursor))
    match = _ARGUMENTS.fullmatch(before)
    command = find(match[1]) if match else None
    if match is None or command is None:
        return []
    place, start, word = _argument_at(command, before, match.start(2))
    for later, argument in enumerate(command.arguments[place:], place + 1):
        follows = later < len(command.arguments)
        found = _of(argument, before[start:], (start, cursor), list_folder, choices, word, follows)
        if found or argument.required:
            return found[:_MOST]  # an argument that may be left out lets the next one try
    return []


def _argument_at(command: Command, before: str, start: int) -> tuple[int, int, str]:
    """Return which argument is being written, where it begins, and the word before it."""
    place, word = 0, ""
    while place < len(command.arguments) - 1 and (match := _WORD.match(before, start)):
        place, start, word = place + 1, match.end(), match[0].strip()
    return place, start, word


def _of(
    argument: Argument,
    written: str,
    span: tuple[int, int],
    list_folder: ListFolder,
    choices: Choices,
    word: str,
    follows: bool,
) -> list[Completion]:
    if argument.kind in _FREE:
        return []
    if argument.kind is ArgumentKind.PATH:
        return _paths(written, *span, list_folder, escape=False)
    known = [*_fixed_choices(argument.kind), *choices(argument.kind, word)]
    space = " " if follows else ""
    ranked = _ranked(written, known)
    if [one.text for one in ranked] == [written]:
        return []  # it is whole, and nothing goes on from it
    ranked.sort(key=lambda one: one.text != written)  # what is whole is not replaced by more
    return [Completion(one.text + space, *span, one.title) for one in ranked]


def _names(sign: str, written: str, cursor: int) -> Iterator[Completion]:
    known = [Choice(command.name, command.title) for command in COMMANDS]
    wanted = written.replace("-", "_").lower()
    for one in _ranked(wanted, known, in_titles=False):
        command = find(one.text)
        space = " " if command and command.arguments else ""
        yield Completion(f"{sign}{one.text}{space}", 0, cursor, one.title)


def _ranked(written: str, known: Sequence[Choice], *, in_titles: bool = True) -> list[Choice]:
    """Return what begins with what is written, then what holds it."""
    wanted = written.lower()
    first = [one for one in known if one.text.lower().startswith(wanted)]
    looked_into = [(one, f"{one.text} {one.title}" if in_titles else one.text) for one in known]
    return first + [one for one, text in looked_into if wanted in text.lower() and one not in first]


def _fixed_choices(kind: ArgumentKind) -> Iterable[Choice]:
    match kind:
        case ArgumentKind.SWITCH:
            return (Choice("true"), Choice("false"))
        case ArgumentKind.COMMAND:
            return [Choice(command.name, command.title) for command in COMMANDS]
        case ArgumentKind.FORMAT:
            return [Choice(form.value) for form in ExportFormat]
        case _:
            return ()


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
