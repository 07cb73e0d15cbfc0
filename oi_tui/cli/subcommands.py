"""The subcommands: their verbs, their help, and how one is told from a prompt.

Knows no flag. A prompt may begin with the name of a subcommand: only a verb behind it decides.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from oi_tui.cli.arguments import Command, CommandLineError
from oi_tui.text.sanitize import one_line
from oi_tui.text.translation import tr

_VERBS_ELSEWHERE = frozenset({"get", "set", "list", "show", "add", "remove", "edit", "new", "help"})
_MOST_WORDS = 4  # a verb may be misspelled in a line as short as this; a longer one is a prompt


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing that a subcommand does."""

    name: str
    operands: str
    text: str


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A word after the program's name. Without verbs, what follows it is a prompt, or nothing."""

    command: Command
    usage: tuple[str, ...]
    text: str
    verbs: tuple[Verb, ...] = ()

    @property
    def name(self) -> str:
        """The word that it is called by."""
        return self.command.value


def subcommands() -> dict[str, Subcommand]:
    """Return all subcommands by name."""
    all_of_them = (_run(), _sessions(), _models(), _config(), _doctor(), _completion())
    return {one.name: one for one in all_of_them}


def split(words: Sequence[str]) -> tuple[Command, tuple[str, ...]]:
    """Tell a subcommand from the first word of a prompt; return what is left for it.

    Raises:
        CommandLineError: a verb is misspelled.
    """
    first, second = [*words, "", ""][:2]
    found = subcommands().get(first)
    if found is not None and (not found.verbs or len(words) == 1 or _is_verb(second, found)):
        return found.command, tuple(words[1:])
    if len(words) <= _MOST_WORDS:
        if found is not None:
            _refuse_near_verb(second, found, is_all=len(words) == 2)
        else:
            _refuse_near_name(first, second)
    return Command.OPEN, tuple(words)


def _is_verb(word: str, subcommand: Subcommand) -> bool:
    return any(verb.name == word for verb in subcommand.verbs)


def _refuse_near_verb(word: str, subcommand: Subcommand, *, is_all: bool) -> None:
    """A wrong verb must not go to a model as a prompt. `is_all`: nothing is behind it."""
    names = [verb.name for verb in subcommand.verbs]
    if nearest := difflib.get_close_matches(word, names, n=1, cutoff=0.75):
        raise CommandLineError(
            tr(
                "Did you mean oi-tui {name} {verb}? Put -- before a prompt that begins like this.",
                name=subcommand.name,
                verb=nearest[0],
            )
        )

    if is_all or word in _VERBS_ELSEWHERE:
        raise CommandLineError(
            tr(
                "oi-tui {name} has no {verb}; it has: {verbs}. Put -- before a prompt that begins "
                "like this.",
                name=subcommand.name,
                verb=one_line(word),
                verbs=", ".join(names),
            )
        )


def _refuse_near_name(first: str, second: str) -> None:
    """A misspelled subcommand with a verb of it is no prompt either."""
    named = subcommands()
    for name in difflib.get_close_matches(first, named, n=1, cutoff=0.75):
        if _is_verb(second, named[name]):
            raise CommandLineError(
                tr(
                    "Did you mean oi-tui {name} {verb}? Put -- before a prompt that begins like "
                    "this.",
                    name=name,
                    verb=second,
                )
            )


def _run() -> Subcommand:
    return Subcommand(
        Command.RUN,
        ("oi-tui run PROMPT [flags]", "... | oi-tui run [PROMPT] [flags]"),
        tr(
            "Send one prompt without a screen, as text or JSON lines. Piped text goes along with "
            "the prompt, or is the prompt. Nothing runs without an approval or -y."
        ),
    )


def _sessions() -> Subcommand:
    return Subcommand(
        Command.SESSIONS,
        ("oi-tui sessions [VERB] [flags]",),
        tr("List, read, search and move kept sessions. ID: a beginning of one, or last."),
        (
            Verb("list", "", tr("list them, pinned ones first, then the newest")),
            Verb("show", "ID", tr("print one as Markdown")),
            Verb("search", "WORDS", tr("find words in titles and contents")),
            Verb("export", "ID", tr("write one to a file")),
            Verb(
                "import", "FILE", tr("make a session of a .json or .journal, or Open Interpreter's")
            ),
            Verb("delete", "ID", tr("move one to the trash")),
            Verb("trash", "", tr("list what restore can take back, for thirty days")),
            Verb("restore", "ID", tr("take one back from the trash")),
        ),
    )


def _models() -> Subcommand:
    return Subcommand(
        Command.MODELS,
        ("oi-tui models [VERB] [flags]",),
        tr(
            "List, fetch and remove models of this machine. NAME: as the list shows it, or a file. "
            "Only pull contacts anybody: the hub of models."
        ),
        (
            Verb("list", "", tr("list the models on this machine, whoever keeps them")),
            Verb("pull", "[OWNER/NAME]", tr("fetch one; without a name, show some that fit")),
            Verb("info", "NAME", tr("say what one is, what runs it and whether it fits")),
            Verb("remove", "NAME", tr("delete one that was fetched here")),
            Verb("convert", "NAME", tr("rewrite one so that ctransformers loads it")),
        ),
    )


def _config() -> Subcommand:
    return Subcommand(
        Command.CONFIG,
        ("oi-tui config [VERB] [flags]",),
        tr("Edit the settings, or see what counts and where each comes from."),
        (
            Verb("show", "", tr("print the settings in use and where they come from")),
            Verb("path", "", tr("print where the settings file is")),
            Verb("edit", "", tr("open it in your editor, as --config does")),
            Verb("import", "[FILE]", tr("take over settings of Open Interpreter, line by line")),
            Verb("profiles", "", tr("list the profiles that --profile switches on")),
            Verb("new-profile", "NAME", tr("make a profile and open it in your editor")),
        ),
    )


def _doctor() -> Subcommand:
    return Subcommand(
        Command.DOCTOR,
        ("oi-tui doctor [--servers]",),
        tr("Say what works on this machine and what is in the way."),
    )


def _completion() -> Subcommand:
    return Subcommand(
        Command.COMPLETION,
        ("oi-tui completion bash|zsh",),
        tr("Print a script that completes oi-tui: source <(oi-tui completion bash)"),
        (
            Verb("bash", "", tr("for your ~/.bashrc")),
            Verb("zsh", "", tr("for your ~/.zshrc, behind compinit")),
        ),
    )
