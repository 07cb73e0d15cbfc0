"""The command line: what may be written there, and what it means.

Owns names, short forms and help. Knows no setting's value from elsewhere and starts nothing.
Flags of Open Interpreter 0.1 keep their names; hyphens are accepted for underscores.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn

from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr


class Command(StrEnum):
    """What the program is asked to do."""

    OPEN = "open"  # the full-screen application
    RUN = "run"
    DOCTOR = "doctor"
    HELP = "help"
    VERSION = "version"
    EDIT_CONFIG = "config"


class CommandLineError(Exception):
    """The command line can't be understood; the text is for the person."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """A command line, understood. `settings` holds only what was written there."""

    command: Command = Command.OPEN
    prompt: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    config_file: str = ""
    api_key: str = field(default="", repr=False)
    go_on: bool = False  # --continue
    session_id: str = ""  # --resume
    tour: bool = False
    json: bool = False
    servers: bool = False
    help: str = ""


_SUBCOMMANDS = {"run": Command.RUN, "doctor": Command.DOCTOR}
_LATER = {
    "local": ("-l", "--local"),
    "safe_mode": ("-safe", "--safe_mode"),
    "fast": ("-f", "--fast"),
    "gguf_quality": ("-q", "--gguf_quality"),
    "vision": ("-v", "--vision"),
    "conversations": ("--conversations",),
    "sandbox": ("--sandbox",),
}
_LATER_COMMANDS = {
    "sessions": {"list", "show", "search", "export", "import"},
    "models": {"list", "pull"},
}
_ONLY_FOR = {
    "json": (Command.RUN, "oi-tui run PROMPT --json"),
    "servers": (Command.DOCTOR, "oi-tui doctor --servers"),
}


def parse(words: Sequence[str]) -> Arguments:
    """Understand the words after the program's name.

    Raises:
        CommandLineError: they make no sense together, or one is unknown.
    """
    if not words:
        return Arguments()  # the everyday start needs no parser
    parser = _parser()
    end = words.index("--") if "--" in words else len(words)
    found, unknown = parser.parse_known_intermixed_args(list(words[:end]))
    values = vars(found)
    if values["help"]:
        return Arguments(Command.HELP, help=parser.format_help())
    if values["version"]:
        return Arguments(Command.VERSION)
    for word in unknown:
        raise CommandLineError(_unknown_flag(parser, word))
    command, prompt = _split([*values["words"], *words[end + 1 :]])
    if values["config"]:
        command = Command.EDIT_CONFIG
    _check_fit(command, prompt, values)
    return Arguments(
        command=command,
        prompt=prompt,
        settings={name: values[name] for name in _SETTINGS if values[name] is not None},
        config_file=values["config_file"] or "",
        api_key=values["api_key"] or "",
        go_on=values["continue"],
        session_id=values["resume"] or "",
        tour=values["tour"],
        json=values["json"],
        servers=values["servers"],
    )


def _split(words: Sequence[str]) -> tuple[Command, str]:
    """Tell a subcommand from the first word of a prompt."""
    first = words[0] if words else ""
    if first in _SUBCOMMANDS:
        return _SUBCOMMANDS[first], " ".join(words[1:])
    if len(words) > 1 and words[1] in _LATER_COMMANDS.get(first, ()):
        raise CommandLineError(
            tr("oi-tui {first} {second} is not there yet.", first=first, second=words[1])
        )
    return Command.OPEN, " ".join(words)


def _check_fit(command: Command, prompt: str, values: Mapping[str, object]) -> None:
    for name, (owner, example) in _ONLY_FOR.items():
        if values[name] and command is not owner:
            raise CommandLineError(tr("--{flag} belongs to: {example}", flag=name, example=example))
    if values["continue"] and values["resume"]:
        raise CommandLineError(tr("Give --continue or --resume, not both."))
    if command is Command.DOCTOR and prompt:
        raise CommandLineError(tr("oi-tui doctor takes no prompt."))


def _unknown_flag(parser: argparse.ArgumentParser, word: str) -> str:
    import difflib

    name = word.partition("=")[0]
    known = [option for action in parser._actions for option in action.option_strings]
    nearest = difflib.get_close_matches(name.replace("_", "-"), known, n=1, cutoff=0.6)
    shown = one_line(name)
    if nearest:
        return tr("There is no {flag}. Did you mean {nearest}?", flag=shown, nearest=nearest[0])
    return tr(
        "There is no {flag}. oi-tui --help lists what there is; put -- before a prompt that "
        "begins with a dash.",
        flag=shown,
    )


class _Help(argparse.HelpFormatter):
    """One line a flag: `-ab, --api_base URL   address of ...`."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings:
            return str(action.metavar)
        short = [option for option in action.option_strings if not option.startswith("--")]
        names = ", ".join([*short, f"--{action.dest}"])
        indented = names if short else f"    {names}"
        return f"{indented} {action.metavar}" if action.nargs != 0 else indented


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandLineError(one_line(message, 400))


class _Later(argparse.Action):
    """A flag of the 0.1 line that this version does not have yet."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> NoReturn:
        raise CommandLineError(tr("{flag} is not there yet.", flag=option_string or self.dest))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="oi-tui",
        usage="oi-tui [PROMPT] [flags]\n       oi-tui run PROMPT [--json] [flags]"
        "\n       oi-tui doctor [--servers]",
        description=tr(
            "Work on your own computer by talking to a language model. It proposes code, you "
            "approve it, it runs."
        ),
        epilog=tr(
            "Every key is listed on F1. PROMPT is sent at once; with run, - reads it from stdin."
        ),
        formatter_class=_Help,
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    _add_model_flags(parser)
    _add_session_flags(parser)
    _add_program_flags(parser)
    for name, options in _LATER.items():
        parser.add_argument(
            *_spellings(options), dest=name, nargs="?", action=_Later, help=argparse.SUPPRESS
        )
    return parser


def _add_model_flags(parser: argparse.ArgumentParser) -> None:
    add = _adder(parser.add_argument_group(tr("model")))
    add("-m", "--model", text=tr("model to talk to, such as gpt-4o or ollama/qwen3"))
    add("-ab", "--api_base", metavar="URL", text=tr("address of an OpenAI-compatible server"))
    add("-ak", "--api_key", metavar="KEY", text=tr("key for this run (others can see it: ps)"))
    add("-s", "--system_message", metavar="TEXT", text=tr("instead of the built-in instructions"))
    add(
        "-t",
        "--temperature",
        kind=_number,
        metavar="NUMBER",
        text=tr("randomness of replies, 0 to 2"),
    )
    add("-c", "--context_window", kind=_whole, metavar="TOKENS", text=tr("what the model can read"))
    add("-x", "--max_tokens", kind=_whole, metavar="TOKENS", text=tr("longest reply"))
    add("-b", "--max_budget", kind=_number, metavar="USD", text=tr("most that a session may cost"))
    add(
        "-xo", "--max_output", kind=_whole, metavar="CHARS", text=tr("output the model gets to see")
    )


def _add_session_flags(parser: argparse.ArgumentParser) -> None:
    add = _adder(parser.add_argument_group(tr("session")))
    add("-y", "--auto_run", switch=True, text=tr("run proposed code WITHOUT ASKING"))
    add("--continue", switch=True, text=tr("go on with the session that changed last"))
    add("--resume", metavar="ID", text=tr("go on with this session"))
    add("--ephemeral", switch=True, text=tr("keep nothing on disk"))
    add("--tour", switch=True, text=tr("a guided tour; needs no model"))
    add("--json", switch=True, text=tr("with run: one JSON object a line"))


def _add_program_flags(parser: argparse.ArgumentParser) -> None:
    add = _adder(parser.add_argument_group(tr("program")))
    add("--config", switch=True, text=tr("open the settings file in your editor"))
    add("-cf", "--config_file", metavar="FILE", text=tr("read this settings file instead"))
    add("--theme", metavar="NAME", text=tr("colors of the screen"))
    add("--lang", metavar="CODE", text=tr("language of the interface"))
    add(
        "-d",
        "--debug",
        "--debug_mode",
        switch=True,
        text=tr("log events, not contents, and say where"),
    )
    add("--servers", switch=True, text=tr("with doctor: look for model servers on this machine"))
    add("--version", switch=True, text=tr("print the version"))
    add("-h", "--help", switch=True, text=tr("print this"))


_SETTINGS = (
    "model",
    "api_base",
    "system_message",
    "temperature",
    "context_window",
    "max_tokens",
    "max_budget",
    "max_output",
    "auto_run",
    "ephemeral",
    "theme",
    "lang",
    "debug",
)


def _adder(group: argparse._ArgumentGroup) -> Callable[..., None]:
    def add(
        *options: str,
        text: str,
        switch: bool = False,
        kind: Callable[[str], object] = str,
        metavar: str | None = None,
    ) -> None:
        name = next(option for option in options if option.startswith("--"))[2:]
        if switch:
            # A setting that was not written must not hide what the file says.
            default = None if name in _SETTINGS else False
            group.add_argument(
                *_spellings(options), dest=name, action="store_true", default=default, help=text
            )
        else:
            group.add_argument(
                *_spellings(options),
                dest=name,
                type=kind,
                metavar=metavar or name.upper(),
                help=text,
            )

    return add


def _spellings(options: Sequence[str]) -> list[str]:
    """Accept hyphens for underscores; help shows the underscores of 0.1."""
    hyphens = [option[:2] + option[2:].replace("_", "-") for option in options]
    return list(dict.fromkeys([*options, *hyphens]))


def _whole(text: str) -> int:
    try:
        return int(text.replace("_", ""))
    except ValueError:
        problem = tr("{text} is not a whole number", text=one_line(text))
        raise argparse.ArgumentTypeError(problem) from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        problem = tr("{text} is not a number", text=one_line(text))
        raise argparse.ArgumentTypeError(problem) from None
