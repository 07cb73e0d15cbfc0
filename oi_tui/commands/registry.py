"""From what is written in the prompt to a command: `%undo`, `/undo`, `!ls`, `%% ls`.

Owns which lines are commands at all. Everything else, and any line that begins with a space, is a
prompt for the model.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from oi_tui.commands.command import ArgumentError, Command, Request
from oi_tui.commands.table import COMMANDS, RUN_IN_SHELL
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_BY_NAME = {command.name: command for command in COMMANDS}
# One word of letters: `/usr/bin`, `% of all` and `/?` are no commands.
_LINE = re.compile(r"([%/])([^\W\d][\w-]*)(?:[ \t]+(.*))?")
_LEAST_LIKENESS = 0.6


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
    """Return the command with this name; hyphens count as underscores."""
    return _BY_NAME.get(name.lower().replace("-", "_"))


def parse_line(text: str) -> ParsedCommand | CommandProblem | None:
    """Return the command that `text` is; None for a prompt."""
    if text.startswith("!"):
        return _parsed(RUN_IN_SHELL, text[1:].strip(), "!")
    if text.startswith("%%"):
        return _parsed(RUN_IN_SHELL, text[2:].strip(), "%%")
    match = _LINE.fullmatch(text.rstrip())
    if match is None:
        return None
    sign, name, argument = match[1], match[2], (match[3] or "").strip()
    command = find(name)
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
    found = difflib.get_close_matches(
        name.lower().replace("-", "_"), _BY_NAME, n=1, cutoff=_LEAST_LIKENESS
    )
    shown = sign + one_line(name, 40)
    if found:
        nearest = sign + found[0]
        text = tr("There is no {name}. Did you mean {nearest}?", name=shown, nearest=nearest)
        return CommandProblem(text, nearest)
    return CommandProblem(
        tr(
            "There is no {name}. {help} lists the commands; a space in front sends the line "
            "to the model.",
            name=shown,
            help=f"{sign}help",
        )
    )
