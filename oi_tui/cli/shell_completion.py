"""Scripts that let bash and zsh complete the command line of oi-tui, made of its own tables.

Knows no setting and starts nothing: what is completed are the names of flags, commands and verbs.
"""

from __future__ import annotations

from oi_tui.cli.arguments import Command
from oi_tui.cli.flags import all_flags
from oi_tui.cli.subcommands import subcommands
from oi_tui.config.schema import SafeMode
from oi_tui.protocol.sessions import ExportFormat

SHELLS = ("bash", "zsh")
_SCRIPT = """\
_oi_tui() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" command="" each
    for each in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$each" in {names}) command="$each"; break ;; esac
    done
    case "$before" in
        -safe|--safe_mode|--safe-mode) COMPREPLY=($(compgen -W "{modes}" -- "$word")); return ;;
        --format) COMPREPLY=($(compgen -W "{forms}" -- "$word")); return ;;
    esac
    case "$command" in
{cases}
    esac
}}
complete -o default -F _oi_tui oi-tui
"""
_CASE = '        {name}) COMPREPLY=($(compgen -W "{words}" -- "$word")) ;;'
_FOR_ZSH = "autoload -U +X bashcompinit && bashcompinit\n"


def completion_script(shell: str) -> str:
    """Return the script for one of `SHELLS`."""
    commands = subcommands()
    cases = [_CASE.format(name=name, words=_words(one.command)) for name, one in commands.items()]
    cases.append(_CASE.format(name='""', words=_words(Command.OPEN)))
    script = _SCRIPT.format(
        names="|".join(commands),
        modes=" ".join(SafeMode),
        forms=" ".join(ExportFormat),
        cases="\n".join(cases),
    )
    return (_FOR_ZSH if shell == "zsh" else "") + script


def _words(command: Command) -> str:
    """Return what may follow a command: its verbs, or the commands themselves, and the flags."""
    here = subcommands()
    first = [verb.name for verb in here[command.value].verbs] if command.value in here else [*here]
    flags = (flag for group in all_flags().values() for flag in group)
    return " ".join([*first, *(f"--{flag.name}" for flag in flags if command in flag.commands)])
