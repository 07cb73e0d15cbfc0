"""The flags: each one declared once, with its spellings, its meaning and where it belongs.

Flags of Open Interpreter 0.1 keep their names; its 0.4 names are accepted where the thing exists.
A flag that is named like a setting is that setting. Knows no parser.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from oi_tui.cli.arguments import Command
from oi_tui.config.schema import Settings
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_TALKING = (Command.OPEN, Command.RUN)
_OPENING = (Command.OPEN,)
_EVERYWHERE = (
    *_TALKING,
    Command.SESSIONS,
    Command.MODELS,
    Command.CONFIG,
    Command.DOCTOR,
)
_SETTINGS = {entry.name for entry in dataclasses.fields(Settings)}


class UnfitWordError(ValueError):
    """What was written behind a flag can't be meant; the text is for the person."""


class Group(StrEnum):
    """The heading that a flag stands under in the help."""

    MODEL = "model"
    LIMITS = "limits"
    SESSION = "session"
    OUTPUT = "output"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag. Without a `metavar` it is a switch. `aliases` are understood and not shown.

    The help of each of `commands` shows it. With an `example` it is refused elsewhere.
    """

    spellings: tuple[str, ...]
    text: str
    metavar: str = ""
    kind: Callable[[str], object] = str
    aliases: tuple[str, ...] = ()
    commands: tuple[Command, ...] = _TALKING
    example: str = ""

    @property
    def name(self) -> str:
        """The long name without its dashes."""
        return next(one for one in self.spellings if one.startswith("--"))[2:]

    @property
    def is_setting(self) -> bool:
        """Whether it sets a setting: one that was not written must not hide the file's."""
        return self.name in _SETTINGS

    @property
    def options(self) -> list[str]:
        """Every way to write it: hyphens are accepted for underscores."""
        return with_hyphens([*self.spellings, *self.aliases])


def all_flags() -> dict[Group, tuple[Flag, ...]]:
    """Return the flags under their headings."""
    return {
        Group.MODEL: _model_flags(),
        Group.LIMITS: _limit_flags(),
        Group.SESSION: _session_flags(),
        Group.OUTPUT: _output_flags(),
        Group.PROGRAM: _program_flags(),
    }


def title(group: Group) -> str:
    """Return the heading of a group, for a person."""
    match group:
        case Group.MODEL:
            return tr("model")
        case Group.LIMITS:
            return tr("limits")
        case Group.SESSION:
            return tr("session")
        case Group.OUTPUT:
            return tr("output")
        case Group.PROGRAM:
            return tr("program")


def with_hyphens(options: Sequence[str]) -> list[str]:
    """Return the options, and those with underscores once more with hyphens."""
    hyphens = [option[:2] + option[2:].replace("_", "-") for option in options]
    return list(dict.fromkeys([*options, *hyphens]))


def _model_flags() -> tuple[Flag, ...]:
    return (
        Flag(("-m", "--model"), tr("model to talk to: gpt-4o, ollama/qwen3 ..."), "MODEL"),
        Flag(("-f", "--fast"), tr("talk to the fast model of your settings")),
        Flag(
            ("-l", "--local"),
            tr("a model on this machine: named with -m, or chosen from a list"),
        ),
        Flag(
            ("-q", "--gguf_quality"),
            tr("which of a local model's files: 0 smallest, 1 largest"),
            "0..1",
            _share,
            commands=(*_TALKING, Command.MODELS),
        ),
        Flag(
            ("-ab", "--api_base"),
            tr("address of an OpenAI-compatible server"),
            "URL",
        ),
        Flag(("-ak", "--api_key"), tr("key for this run (others can see it: ps)"), "KEY"),
        Flag(
            ("-s", "--system_message"),
            tr("instead of the built-in instructions"),
            "TEXT",
            aliases=("-sm",),
        ),
        Flag(("-t", "--temperature"), tr("randomness of replies, 0 to 2"), "NUMBER", _number),
        Flag(
            ("-c", "--context_window"),
            tr("what the model can read"),
            "TOKENS",
            _whole,
            aliases=("-cw",),
        ),
        Flag(("-x", "--max_tokens"), tr("longest reply"), "TOKENS", _whole),
        Flag(("-xo", "--max_output"), tr("output the model gets to see"), "CHARS", _whole),
    )


def _limit_flags() -> tuple[Flag, ...]:
    return (
        Flag(("-b", "--max_budget"), tr("most that a session may cost"), "USD", _number),
        Flag(("--max_total_tokens",), tr("most tokens, in and out, of a session"), "N", _whole),
        Flag(("--max_steps",), tr("most replies to one prompt"), "N", _whole),
        Flag(("--max_time",), tr("most seconds that one prompt may take"), "SECONDS", _whole),
    )


def _session_flags() -> tuple[Flag, ...]:
    return (
        Flag(("-y", "--auto_run"), tr("run proposed code WITHOUT ASKING")),
        Flag(
            ("-safe", "--safe_mode"),
            tr("off, ask or auto: scan code with semgrep"),
            "MODE",
        ),
        Flag(("--continue",), tr("go on with the session that changed last")),
        Flag(("--resume",), tr("go on with this session"), "ID"),
        Flag(
            ("--conversations",),
            tr("open the list of sessions first"),
            commands=_OPENING,
            example="oi-tui --conversations",
        ),
        Flag(("--ephemeral",), tr("keep nothing on disk")),
        Flag(("--tour",), tr("a guided tour; needs no model")),
    )


def _output_flags() -> tuple[Flag, ...]:
    exporting = "oi-tui sessions export ID"
    return (
        Flag(
            ("--json",),
            tr("print JSON, one object a line"),
            commands=(Command.RUN, Command.SESSIONS, Command.MODELS, Command.CONFIG),
            example="oi-tui run PROMPT --json",
        ),
        Flag(
            ("--quiet",),
            tr("print the last reply only"),
            commands=(Command.RUN,),
            example="oi-tui run PROMPT --quiet",
        ),
        Flag(
            ("--format",),
            tr("markdown, notebook, script, html, json; else as FILE ends"),
            "FORM",
            commands=(Command.SESSIONS,),
            example=f"{exporting} --format notebook",
        ),
        Flag(
            ("-o", "--output"),
            tr("write to this file"),
            "FILE",
            commands=(Command.SESSIONS, Command.MODELS),
            example=f"{exporting} --output FILE",
        ),
        Flag(
            ("--force",),
            tr("replace what is there"),
            commands=(Command.SESSIONS, Command.MODELS, Command.CONFIG),
            example=f"{exporting} --force",
        ),
        Flag(
            ("--limit",),
            tr("most lines of a list"),
            "N",
            _whole,
            commands=(Command.SESSIONS,),
            example="oi-tui sessions --limit N",
        ),
    )


def _program_flags() -> tuple[Flag, ...]:
    return (
        Flag(("--config",), tr("open the settings file in your editor"), commands=_OPENING),
        Flag(
            ("-cf", "--config_file"),
            tr("read this settings file instead"),
            "FILE",
            commands=_EVERYWHERE,
        ),
        Flag(("-p", "--profile"), tr("use this profile of yours"), "NAME", commands=_EVERYWHERE),
        Flag(("--theme",), tr("colors of the screen"), "NAME", commands=_OPENING),
        Flag(("--lang",), tr("language of the interface"), "CODE", commands=_EVERYWHERE),
        Flag(
            ("-d", "--debug"),
            tr("log events, not contents, and say where"),
            aliases=("--debug_mode", "-v", "--verbose"),
            commands=_EVERYWHERE,
        ),
        Flag(
            ("--servers",),
            tr("look for model servers on this machine"),
            commands=(Command.DOCTOR,),
            example="oi-tui doctor --servers",
        ),
        Flag(("--version",), tr("print the version"), commands=_OPENING),
        Flag(
            ("-h", "--help"),
            tr("print this; after a command, what it takes"),
            commands=_EVERYWHERE,
        ),
    )


def _whole(text: str) -> int:
    try:
        return int(text.replace("_", ""))
    except ValueError:
        raise UnfitWordError(tr("{text} is not a whole number", text=one_line(text))) from None


def _share(text: str) -> float:
    number = _number(text)
    if not 0 <= number <= 1:
        raise UnfitWordError(tr("{text} is not between 0 and 1", text=one_line(text)))
    return number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UnfitWordError(tr("{text} is not a number", text=one_line(text))) from None
