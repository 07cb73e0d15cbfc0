"""`oi-tui run`: one prompt without a screen."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys

from oi_tui.cli.arguments import Arguments
from oi_tui.cli.preparation import PreparationError, Prepared, prepare, session_to_open
from oi_tui.cli.start import FAILED, USAGE, say
from oi_tui.config.places import places
from oi_tui.crash import report_crash
from oi_tui.engine.live import LiveSession, SessionError
from oi_tui.processes import become_reaper, end_descendants, hide_memory
from oi_tui.text.translation import tr

_LONGEST_PROMPT = 10_000_000  # bytes


def run_headless(arguments: Arguments) -> int:
    """Run the prompt; return the exit code. Nothing that was started is left behind."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8
    hide_memory()
    become_reaper()
    try:
        prepared = prepare(arguments)
        _need_model(arguments, prepared)
        prompt = _prompt(arguments)
        session = _open(arguments, prepared)
        for notice in prepared.notices:
            say(notice)
        with contextlib.closing(session):
            return _run(session, prompt, arguments)
    except (PreparationError, SessionError) as problem:
        say(tr("oi-tui: {problem}", problem=str(problem)))
        return USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has left; exit in silence
        return 128 + signal.SIGPIPE
    except Exception as error:  # the last border: nobody above could tell the person
        return report_crash(error, places().state)
    finally:
        end_descendants()


def _need_model(arguments: Arguments, prepared: Prepared) -> None:
    """Refuse to go on where a person would have to choose a model for this machine."""
    if not prepared.local.choose:
        return
    from oi_tui.cli.local_choice import how_to_fetch
    from oi_tui.models.providers import runs_here

    missing = prepared.local.missing
    if missing or not runs_here(prepared.loaded.settings.model):
        raise PreparationError(how_to_fetch(missing, arguments.gguf_quality))


def _open(arguments: Arguments, prepared: Prepared) -> LiveSession:
    session_id = session_to_open(arguments, prepared)
    if not session_id:
        return prepared.opener.new(tour=arguments.tour)
    return prepared.opener.open(session_id)


def _run(session: LiveSession, prompt: str, arguments: Arguments) -> int:
    from oi_tui.headless.runner import Runner

    if session.engine is None:
        say(tr("oi-tui: {problem}", problem=session.read_only))
        return FAILED
    code = Runner(session, as_json=arguments.json, quiet=arguments.quiet).run(prompt)
    is_told = sys.stderr.isatty() and not (arguments.json or arguments.quiet)
    if is_told and session.file:  # nothing is kept of an ephemeral one
        say(tr("Go on with: oi-tui --resume {id}", id=session.session_id))
    return code


def _prompt(arguments: Arguments) -> str:
    """Return the prompt: written on the command line, or what stdin brings, or both."""
    from oi_tui.headless.piped import MOST_BYTES, is_piped, take_terminal, with_piped

    prompt = "" if arguments.prompt == "-" else arguments.prompt
    if not prompt:
        if not arguments.prompt and sys.stdin.isatty():
            raise PreparationError(tr("What should be done? oi-tui run PROMPT"))
        text, is_cut = _read(_LONGEST_PROMPT)
        if is_cut:
            raise PreparationError(tr("The prompt is longer than 10 MB."))
        if not text.strip():
            raise PreparationError(
                tr("The prompt is empty: write it behind oi-tui run, or pipe it in.")
            )
        prompt = text.strip()
    elif arguments.json or not is_piped():  # with --json, decisions come in there
        return prompt
    else:
        text, is_cut = _read(MOST_BYTES)
        if is_cut:
            say(tr("Only the first megabyte of what was piped in goes along."))
        prompt = with_piped(prompt, text, is_cut=is_cut)
    take_terminal()
    return prompt


def _read(limit: int) -> tuple[str, bool]:
    from oi_tui.headless.piped import is_piped, read_piped

    def waiting() -> None:
        if is_piped():
            say(tr("Waiting for what is piped in. To do without it: oi-tui run PROMPT </dev/null"))

    return read_piped(limit, waiting=waiting)
