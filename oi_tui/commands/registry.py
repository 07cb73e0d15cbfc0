"""From what is written in the prompt to a command: `%undo`, `/undo`, `!ls`, `%% ls`.

Owns which lines are commands at all. Everything else, and any line that begins with a space, is a
prompt for the model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from oi_tui.commands.command import ArgumentError, Command, Request
from oi_tui.commands.table import COMMANDS, RUN_IN_SHELL
from oi_tui.config.errors import nearest
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_BY_NAME = {command.name: command for command in COMMANDS}
_BY_ALIAS = {alias: command for command in COMMANDS for alias in command.aliases}
# One word of letters: `/usr/bin`, `% of all` and `/?` are no commands.
_LINE = re.compile(r"([%/])([^\W\d][\w-]*)(?:\s+(.*))?", re.DOTALL)
# What is written behind a command that was misspelled must not go to the model with it.
_GLUED = re.compile(r"(%)([^\W\d][\w-]*%\S*)(?:\s.*)?")


@dataclass(frozen=True, slots=True)
class ParsedCommand:
    """A command as it was written, and what it asks for."""

    command: Command
    argument: str
    request: Request

    @property
    def name(self) -> str:
        """The command's name."""
        return self.command.name


@dataclass(frozen=True, slots=True)
class CommandProblem:
    """A line that looks like a command but is none; `nearest` as it would be written."""

    text: str
    nearest: str = ""


def find(name: str) -> Command | None:
    """Return the command with this name or alias; hyphens count as underscores."""
    name = name.lower().replace("-", "_")
    return _BY_NAME.get(name) or _BY_ALIAS.get(name)


def parse_line(text: str) -> ParsedCommand | CommandProblem | None:
    """Return the command that `text` is; None for a prompt."""
    if text.startswith("!"):
        return _parsed(RUN_IN_SHELL, text[1:].strip(), "!")
    if text.startswith("%%"):
        return _parsed(RUN_IN_SHELL, text[2:].strip(), "%%")
    match = _LINE.fullmatch(text.rstrip())
    if match is None:
        glued = _GLUED.fullmatch(text.rstrip())
        return _unknown(glued[1], glued[2]) if glued else None
    sign, name, argument = match[1], match[2], (match[3] or "").strip()
    command = find(name)
    if "\n" in text.rstrip() and (command is None or not command.takes_lines):
        return None
    if command is None:
        return _unknown(sign, name)
    return _parsed(command, argument, sign + command.name)


def _parsed(command: Command, argument: str, written: str) -> ParsedCommand | CommandProblem:
    try:
        return ParsedCommand(command, argument, command.request(argument))
    except ArgumentError as problem:
        return CommandProblem(
            tr("{command}: {problem}", command=written, problem=str(problem)),
        )


def _unknown(sign: str, name: str) -> CommandProblem:
    shown = sign + one_line(name, 40)
    if meant := _meant(name):
        near = sign + meant
        text = tr("There is no {name}. Did you mean {nearest}?", name=shown, nearest=near)
        return CommandProblem(text, near)
    return CommandProblem(
        tr(
            "There is no {name}. {help} lists the commands; a space in front sends the line "
            "to the model.",
            name=shown,
            help=f"{sign}help",
        )
    )


def _meant(name: str) -> str:
    """Return the command that was probably meant: the one it begins, else the most alike."""
    beginning = name.lower().replace("-", "_")
    begun = [known for known in _BY_NAME if known.startswith(beginning)]
    return begun[0] if len(begun) == 1 else nearest(name, _BY_NAME)
