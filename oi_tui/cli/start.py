"""From the words of a command line to an exit code.

Owns which front end starts, and what is refused before one does. Everything heavy is imported by
the branch that needs it: `--help` must be quick, and the guardian must fork a small process.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from oi_tui import __version__
from oi_tui.cli.arguments import Arguments, Command, CommandLineError, parse
from oi_tui.guardian import Link, guard
from oi_tui.text.sanitize import plain
from oi_tui.text.translation import tr, use_language

OK, FAILED, USAGE = 0, 1, 2


def start(words: Sequence[str]) -> int:
    """Do what the command line asks for; return the exit code for the shell."""
    use_language("")
    try:
        arguments = parse(words)
    except CommandLineError as problem:
        say(tr("oi-tui: {problem}", problem=str(problem)))
        return USAGE
    match arguments.command:
        case Command.HELP:
            sys.stdout.write(arguments.help)
            return OK
        case Command.VERSION:
            sys.stdout.write(f"oi-tui {__version__}\n")
            return OK
        case Command.COMPLETION:
            from oi_tui.cli.shell_completion import completion_script

            sys.stdout.write(completion_script(arguments.words[0]))
            return OK
    if arguments.api_key:
        _hide_key(arguments.api_key)
    try:
        return _dispatch(arguments)
    except KeyboardInterrupt:
        return 130


def _dispatch(arguments: Arguments) -> int:
    match arguments.command:
        case Command.RUN:
            from oi_tui.cli.headless_front import run_headless

            return run_headless(arguments)
        case Command.SESSIONS:
            from oi_tui.cli.sessions_front import run_sessions

            return run_sessions(arguments)
        case Command.MODELS:
            from oi_tui.cli.models_front import run_models

            return run_models(arguments)
        case Command.CONFIG:
            from oi_tui.cli.config_front import run_config

            return run_config(arguments)
        case Command.DOCTOR:
            from oi_tui.cli.doctor_front import run_doctor

            return run_doctor(arguments)
        case Command.EDIT_CONFIG:
            from oi_tui.cli.config_front import edit_config

            return edit_config(arguments)
        case _:
            return _open(arguments)


def _open(arguments: Arguments) -> int:
    """Start the full-screen application below its guardian."""
    if problem := screen_problem():
        say(problem)
        return USAGE

    gc.disable()  # what is loaded for the first frame stays; the application collects after it

    def application(link: Link) -> int:
        from oi_tui.cli.screen_front import run_screen

        return run_screen(arguments, link)

    return guard(application)


def screen_problem() -> str:
    """Return why this terminal can't carry the full-screen application; empty if it can."""
    if not (os.isatty(0) and os.isatty(1)):
        why = tr("oi-tui needs a terminal for its screen, and this is none.")
    elif os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        why = tr("oi-tui needs a terminal that can place text; TERM says that this one can't.")
    else:
        return ""
    return why + "\n" + tr("Without a screen: oi-tui run PROMPT, or: ... | oi-tui run -")


def _hide_key(key: str) -> None:
    from oi_tui.cli.process_title import hide_argument

    hide_argument(key)
    say(
        tr(
            "The key was on the command line, where other users and your shell's history can see "
            "it. A key in the environment or saved in oi-tui is safer."
        )
    )


def say(text: str) -> None:
    """Tell the person something beside the answer."""
    sys.stderr.write(plain(text) + "\n")
    sys.stderr.flush()
