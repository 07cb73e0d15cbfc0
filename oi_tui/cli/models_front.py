"""`oi-tui models`: list, fetch, remove, convert and explain models of this machine.

Owns the verbs and what they print. Only `pull` contacts anybody: the model hub.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from oi_tui.cli.arguments import Arguments
from oi_tui.cli.models_table import as_json, file_lines, fit_in_words, offer_lines, progress
from oi_tui.cli.preparation import PreparationError, info_text, prepare
from oi_tui.cli.start import FAILED, OK, USAGE, say
from oi_tui.models.base import ModelError
from oi_tui.models.choices import Fetching, Fit
from oi_tui.models.local.sizes import size_in_words
from oi_tui.text.sanitize import one_line, plain
from oi_tui.text.translation import tr, trn

if TYPE_CHECKING:
    from oi_tui.assembly.model_shelf import Models
    from oi_tui.models.local.appraisal import Reading

_STOPPED = 128 + signal.SIGINT
_CLEAR_LINE = "\r\x1b[K"  # on a terminal only


class _MisuseError(Exception):
    """The words make no sense; the text is for the person."""


def run_models(arguments: Arguments) -> int:
    """Do what the word after `models` says; alone, list what is here."""
    verb, operands = (arguments.words or ("list",))[0], arguments.words[1:]
    verbs: dict[str, Callable[[Models, Arguments, tuple[str, ...]], int]] = {
        "list": _list,
        "pull": _pull,
        "remove": _remove,
        "convert": _convert,
        "info": _info,
    }
    try:
        if verb not in verbs:
            raise _MisuseError(tr("models has {verbs}.", verbs=", ".join(verbs)))
        status = verbs[verb](prepare(arguments).opener.models, arguments, operands)
        sys.stdout.flush()
        return status
    except (_MisuseError, PreparationError) as problem:
        say(tr("oi-tui: {problem}", problem=str(problem)))
        return USAGE
    except ModelError as error:
        say(tr("oi-tui: {problem}", problem=info_text(error.info)))
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has left; exit in silence
        return 128 + signal.SIGPIPE


# -- looking --------------------------------------------------------------------------------------
def _list(models: Models, arguments: Arguments, operands: tuple[str, ...]) -> int:
    _need(operands, 0, 0, "list")
    files = models.files()
    if arguments.json:
        _print(as_json(one) for one in files)
        return OK
    if not files:
        say(tr("There are no models on this machine yet. oi-tui models pull shows some to fetch."))
        return OK
    _print(file_lines(files))
    for one in files:
        if one.problem:
            say(f"{one_line(one.model, 200)}: {_indented(one.problem)}")
    return OK


def _info(models: Models, arguments: Arguments, operands: tuple[str, ...]) -> int:
    _need(operands, 1, 1, "info NAME")
    choice, reading = models.named(operands[0]), models.reading(operands[0])
    if arguments.json:
        _print([as_json(choice, engines=dict(reading.engines))])
        return OK
    rows = [
        (tr("model"), choice.model),
        (tr("file"), str(choice.path)),
        (tr("kept by"), choice.source),
        (tr("size"), size_in_words(choice.size)),
        (tr("what it is"), choice.details),
        (tr("reads"), _tokens(choice.context_window)),
        (tr("license"), choice.license),
        *((title, problem or tr("can use it")) for title, problem in reading.engines),
        (tr("memory"), _memory(reading)),
        (tr("here"), fit_in_words(choice.fit)),
        (tr("machine"), models.machine()),
        (tr("problem"), choice.problem if not reading.engines else ""),
    ]
    shown = [(name, plain(text)) for name, text in rows if text]
    width = max(len(name) for name, _ in shown)
    _print(f"{name:<{width}}  {_indented(text, width + 2)}" for name, text in shown)
    return OK


# -- fetching and removing ------------------------------------------------------------------------
def _pull(models: Models, arguments: Arguments, operands: tuple[str, ...]) -> int:
    if not operands:
        return _offer(models, arguments)
    _need(operands, 1, 1, "pull OWNER/NAME")
    choice = models.look_up(operands[0], arguments.gguf_quality)
    facts = [choice.file, size_in_words(choice.size), choice.license, choice.speed]
    say(", ".join(one_line(fact) for fact in facts if fact))
    if choice.fit is Fit.NO:
        say(tr("It needs more memory than this machine has; it will not run here."))
    try:
        with _stoppable() as stop, _progress_line() as tell:
            fetched = models.fetch(choice, tell, stop)
    except ModelError as error:
        if not stop.is_set():
            raise
        say(info_text(error.info))
        return _STOPPED
    _print([as_json(fetched) if arguments.json else fetched.model])
    if fetched.problem:
        say(tr("It cannot be used here: {problem}", problem=_indented(fetched.problem)))
        return FAILED
    if sys.stderr.isatty():
        say(tr("To talk to it: oi-tui --model {model}", model=fetched.model))
    return OK


def _offer(models: Models, arguments: Arguments) -> int:
    """Show what could be fetched; contacts nobody."""
    offers = models.downloads()
    if arguments.json:
        _print(as_json(one) for one in offers)
        return OK
    _print(offer_lines(offers))
    say(tr("To fetch one, or any other repository of the hub: oi-tui models pull OWNER/NAME"))
    return OK


def _remove(models: Models, arguments: Arguments, operands: tuple[str, ...]) -> int:
    del arguments
    _need(operands, 1, None, "remove NAME")
    choices = [models.named(name) for name in operands]  # all are known before one is gone
    for choice in {one.path: one for one in choices}.values():
        models.remove(choice)
        say(
            tr(
                "{model} is deleted; {size} are free.",
                model=one_line(choice.model),
                size=size_in_words(choice.size),
            )
        )
    return OK


def _convert(models: Models, arguments: Arguments, operands: tuple[str, ...]) -> int:
    _need(operands, 1, 1, "convert NAME")
    target = Path(arguments.output).expanduser() if arguments.output else None
    with _stoppable() as stop, _progress_line() as tell:

        def written(part: float) -> None:
            if stop.is_set():
                raise KeyboardInterrupt  # nothing is left of it
            tell(Fetching(int(part * size), size))

        size = models.named(operands[0]).size
        made, notes = models.convert(operands[0], target, written, may_replace=arguments.force)
    for note in notes:
        say(note)
    _print([as_json(made) if arguments.json else made.model])
    return OK


# -- progress -------------------------------------------------------------------------------------
@contextmanager
def _stoppable() -> Iterator[Event]:
    """Let Ctrl+C and a request to end stop what goes on, so that what came is kept and said."""
    stop = Event()
    before = {
        number: signal.signal(number, lambda _number, _frame: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress_line() -> Iterator[Callable[[Fetching], None]]:
    """Show progress in one line of a terminal; elsewhere, not at all."""
    if not sys.stderr.isatty():
        yield lambda _now: None
        return
    columns = os.get_terminal_size(sys.stderr.fileno()).columns

    def tell(now: Fetching) -> None:
        sys.stderr.write(_CLEAR_LINE + progress(now)[: columns - 1])
        sys.stderr.flush()

    try:
        yield tell
    finally:
        sys.stderr.write(_CLEAR_LINE)
        sys.stderr.flush()


# -- words ----------------------------------------------------------------------------------------
def _memory(reading: Reading) -> str:
    from oi_tui.models.local.appraisal import memory_of
    from oi_tui.models.local.memory import USUAL_CONTEXT

    if reading.facts is None:
        return ""
    context = min(reading.facts.context_length or USUAL_CONTEXT, USUAL_CONTEXT)
    return tr(
        "about {size} with {count} tokens of context",
        size=size_in_words(memory_of(reading.facts)),
        count=f"{context:,}",
    )


def _tokens(count: int) -> str:
    return trn("{shown} token", "{shown} tokens", count, shown=f"{count:,}") if count else ""


def _indented(text: str, columns: int = 2) -> str:
    return ("\n" + " " * columns).join(plain(text).splitlines())


def _need(operands: tuple[str, ...], least: int, most: int | None, usage: str) -> None:
    if len(operands) < least:
        raise _MisuseError(tr("It is written like this: oi-tui models {usage}", usage=usage))
    if most is not None and len(operands) > most:
        word = one_line(operands[most])
        raise _MisuseError(tr("models {usage} has no use for {word}.", usage=usage, word=word))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
