"""From words to `Arguments`: the parser that the flags and subcommands make, and its help.

Owns what fits together. Knows no setting's value from elsewhere.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from oi_tui.cli.arguments import Arguments, Command, CommandLineError
from oi_tui.cli.departed import departed_flags, later_flags
from oi_tui.cli.flags import Flag, UnfitWordError, all_flags, title, with_hyphens
from oi_tui.cli.subcommands import Subcommand, split, subcommands
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_WITH_WORDS = (Command.SESSIONS, Command.MODELS, Command.CONFIG, Command.COMPLETION)


def understand(words: Sequence[str]) -> Arguments:
    """Return what the words mean.

    Raises:
        CommandLineError: they make no sense together, or one is unknown.
    """
    end = words.index("--") if "--" in words else len(words)
    parser = _parser()
    found, unknown = parser.parse_known_intermixed_args(list(words[:end]))
    values = vars(found)
    command, rest = split(values["words"])
    if values["help"]:
        return Arguments(Command.HELP, help=_help(command))
    if values["version"]:
        return Arguments(Command.VERSION)
    for word in unknown:
        raise CommandLineError(_unknown_flag(word))
    rest = (*rest, *words[end + 1 :])
    if values["config"]:
        command = Command.EDIT_CONFIG
    _check_fit(command, rest, values)
    return _arguments(command, rest, values)


def _arguments(command: Command, rest: tuple[str, ...], values: Mapping[str, Any]) -> Arguments:
    """Return the arguments; a flag without a field of its own is a setting."""
    flags = [flag for group in all_flags().values() for flag in group]
    settings = {flag.name: values[flag.name] for flag in flags if flag.is_setting}
    fields = {"continue": "go_on", "resume": "session_id"}
    done = ("config", "version", "help")
    others: dict[str, Any] = {
        fields.get(flag.name, flag.name): values[flag.name]
        for flag in flags
        if not flag.is_setting and flag.name not in done and values[flag.name] is not None
    }
    has_words = command in _WITH_WORDS
    return Arguments(
        command=command,
        prompt="" if has_words else " ".join(rest),
        words=rest if has_words else (),
        settings={name: value for name, value in settings.items() if value is not None},
        **others,
    )


def _check_fit(command: Command, rest: tuple[str, ...], values: Mapping[str, object]) -> None:
    for group in all_flags().values():
        for flag in group:
            if flag.example and values[flag.name] and command not in flag.commands:
                raise CommandLineError(
                    tr("--{flag} belongs to: {example}", flag=flag.name, example=flag.example)
                )
    for one, other in (
        ("continue", "resume"),
        ("fast", "model"),
        ("fast", "local"),
        ("json", "quiet"),
    ):
        if values[one] and values[other]:
            raise CommandLineError(tr("Give --{one} or --{other}, not both.", one=one, other=other))
    if command is Command.COMPLETION and len(rest) != 1:
        raise CommandLineError(tr("For which shell? oi-tui completion bash, or zsh"))
    if command is Command.DOCTOR and rest:
        raise CommandLineError(tr("oi-tui doctor takes no prompt."))


def _unknown_flag(word: str) -> str:
    import difflib

    name = word.partition("=")[0]
    known = [option for flags in all_flags().values() for flag in flags for option in flag.options]
    nearest = difflib.get_close_matches(name.replace("_", "-"), known, n=1, cutoff=0.7)
    shown = one_line(name)
    if nearest:
        return tr("There is no {flag}. Did you mean {nearest}?", flag=shown, nearest=nearest[0])
    return tr(
        "There is no {flag}. oi-tui --help lists what there is; put -- before a prompt that "
        "begins with a dash.",
        flag=shown,
    )


# -- the parser -----------------------------------------------------------------------------------
class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandLineError(one_line(message, 400))


class _Refused(argparse.Action):
    """A flag that is not here: `const` says it, behind the flag's name."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> NoReturn:
        raise CommandLineError(f"{option_string or self.dest}{self.const}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("words", nargs="*")
    for flags in all_flags().values():
        for flag in flags:
            _add(parser, flag)
    for options in later_flags():
        _refuse(parser, options, " " + tr("is not there yet."))
    for departed in departed_flags():
        _refuse(parser, departed.options, ": " + departed.advice)
    return parser


def _add(parser: argparse._ActionsContainer, flag: Flag) -> None:
    if not flag.metavar:
        # A setting that was not written must not hide what the file says.
        default = None if flag.is_setting else False
        parser.add_argument(
            *flag.options, dest=flag.name, action="store_true", default=default, help=flag.text
        )
        return

    def checked(text: str) -> object:
        try:
            return flag.kind(text)
        except UnfitWordError as problem:
            raise argparse.ArgumentTypeError(str(problem)) from None

    parser.add_argument(
        *flag.options, dest=flag.name, type=checked, metavar=flag.metavar, help=flag.text
    )


def _refuse(parser: argparse.ArgumentParser, options: Sequence[str], said: str) -> None:
    name = f"refused {options[-1]}"
    parser.add_argument(*with_hyphens(options), dest=name, nargs="?", action=_Refused, const=said)


# -- help -----------------------------------------------------------------------------------------
class _Help(argparse.RawDescriptionHelpFormatter):
    """One line a flag: `-ab, --api_base URL   address of ...`."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        short = [option for option in action.option_strings if not option.startswith("--")]
        names = ", ".join([*short, f"--{action.dest}"])
        indented = names if short else f"    {names}"
        return f"{indented} {action.metavar}" if action.nargs != 0 else indented


def _help(command: Command) -> str:
    """Return the help of a subcommand, or of the program."""
    subcommand = subcommands().get(command.value)
    parser = _Parser(
        prog="oi-tui",
        usage="\n       ".join(subcommand.usage if subcommand else _usage()),
        description=_description(subcommand),
        epilog=None
        if subcommand
        else tr("Every key is listed on F1. PROMPT is sent at once. Exit codes: docs/headless.md."),
        formatter_class=_Help,
        add_help=False,
    )
    for group, flags in all_flags().items():
        section = parser.add_argument_group(title(group))
        for flag in flags:
            if command in flag.commands:
                _add_shown(section, flag)
    return parser.format_help()


def _add_shown(section: argparse._ArgumentGroup, flag: Flag) -> None:
    _add(section, dataclasses.replace(flag, aliases=()))


def _usage() -> tuple[str, ...]:
    lines = ["oi-tui [PROMPT] [flags]"]
    for subcommand in subcommands().values():
        verbs = "|".join(verb.name for verb in subcommand.verbs)
        lines.append(f"oi-tui {subcommand.name} [{verbs}]" if verbs else subcommand.usage[0])
    return tuple(lines)


def _description(subcommand: Subcommand | None) -> str:
    if subcommand is None:
        return tr(
            "Work on your own computer by talking to a language model. It proposes code, you\n"
            "approve it, it runs. oi-tui COMMAND --help shows the flags of a command."
        )
    import textwrap

    lines = textwrap.wrap(subcommand.text, 78)
    if subcommand.verbs:
        calls = [f"{verb.name} {verb.operands}".strip() for verb in subcommand.verbs]
        width = max(map(len, calls)) + 2
        pairs = zip(calls, subcommand.verbs, strict=True)
        lines += ["", *(f"  {call:{width}}{verb.text}" for call, verb in pairs)]
    return "\n".join(lines)
